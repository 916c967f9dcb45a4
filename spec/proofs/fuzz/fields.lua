-- SPDX-License-Identifier: MIT
-- Takes an input apart: lines of `name=value`, "\n" inside a value written as "\r" (which no value needs otherwise).

local fields = {}

-- A value by its first byte: #number, !true, ?false, $secret, [list with commas, anything else a text.
local function value_of(text)
  local kind, rest = text:sub(1, 1), text:sub(2)
  if kind == "#" then
    return tonumber(rest) or 0
  elseif kind == "!" or kind == "?" then
    return kind == "!"
  elseif kind == "$" and rest ~= "" then
    local fine, secret = pcall(require("signoff").secret.new, rest) -- not with a byte order mark or a line's end
    return fine and secret or rest
  elseif kind == "[" then
    local list = {}
    for item in (rest .. ","):gmatch "([^,]*)," do
      list[#list + 1] = item
    end
    return list
  end
  return text
end

--- The members that the lines name, in a table; `first` is the line before them.
function fields.parse(bytes)
  local first, rest = bytes:match "^([^\n]*)\n?(.*)$"
  local members = {}
  for line in rest:gmatch "[^\n]+" do
    local name, text = line:match "^([^=]*)=(.*)$"
    if name then
      members[name] = value_of(text)
    end
  end
  return first, members
end

--- One of a list, by the first byte of a text.
function fields.pick(list, text)
  return list[(text:byte() or 0) % #list + 1]
end

fields.systems = { "cisco_em", "isymphony", "agvance", "oracle_commerce", "jde_ais" }

--- Checks that `f` raised a message of the module's own, for people: where, what.
function fields.check_raised(problem)
  assert(type(problem) == "string" and #problem < 4096, "no message was raised")
  assert(problem:find("signoff%.") or problem:find("^[^ ]+: %l[%l_]+%.[%l_]+: ") or problem:find "secret"
    or problem:find "bad argument", problem)
end

return fields
