-- SPDX-License-Identifier: MIT

--- The rows of a result, as tables or packed: as the JSON that a report has of them. A packed row takes a third of the memory, and is
-- unpacked while it is read.
-- @module signoff.offboard.report.rows

local core = require "signoff.core"
local json = require "signoff.json"

local rows = {}

--- Packs one: a text.
-- @tparam table row
-- @treturn string
function rows.pack(row)
  return json.encode(row)
end

function rows.is_packed(row)
  return type(row) == "string"
end

--- The row itself. Our own JSON needs no checks.
function rows.unpack(row)
  return rows.is_packed(row) and core.json_decode(row) or row
end

--- The verdict of one. It is the last member of a packed row, unless another version of this program wrote others.
function rows.verdict(row)
  if rows.is_packed(row) then
    return row:match ',"verdict":"([a-z_]+)"}$' or rows.unpack(row).verdict
  end
  return row.verdict
end

--- For a loop over all of them, unpacked: `for i, row in rows.each(list)`.
function rows.each(list)
  local i = 0
  return function()
    i = i + 1
    if list[i] then
      return i, rows.unpack(list[i])
    end
  end
end

local function write_list(write, list)
  write "["
  for i, row in ipairs(list) do
    write((i > 1 and "," or "") .. (rows.is_packed(row) and row or json.encode(row)))
  end
  write "]"
end

local function sorted_names(result)
  local names = {}
  for name in pairs(result) do
    names[#names + 1] = name
  end
  return core.sort(names)
end

--- Writes a result as JSON, a row at a time: the bytes of `json.encode`.
-- @tparam table result
-- @tparam function write `write(text)`
function rows.write_json(result, write)
  local before = "{"
  for _, name in ipairs(sorted_names(result)) do
    write(("%s%s:"):format(before, json.encode(name)))
    before = ","
    if name == "results" then
      write_list(write, result.results)
    else
      write(json.encode(result[name]))
    end
  end
  write "}"
end

return rows
