-- SPDX-License-Identifier: MIT
-- Comma-separated values as spreadsheets write them: quotes, quotes in quotes, newlines in quotes, a byte order mark,
-- CRLF. No Debian package reads them on every Lua.

local csv = {}

-- Where the quoted cell that opens at `at` closes; nil when it never does.
local function closing_quote(text, at)
  repeat
    local quote = text:find('"', at + 1, true)
    local doubled = quote and text:sub(quote + 1, quote + 1) == '"'
    at = doubled and quote + 1 or quote
  until not doubled
  return at
end

-- The cell at `at`, and what follows it; or nil and what is wrong.
local function read_cell(text, at)
  if text:sub(at, at) ~= '"' then
    local cell = text:match("^[^,\r\n]*", at)
    return cell, at + #cell
  end
  local close = closing_quote(text, at)
  if not close then
    return nil, "a quote is never closed"
  elseif not text:find("^[,\r\n]", close + 1) and close < #text then
    return nil, "something follows a closing quote"
  end
  return text:sub(at + 1, close - 1):gsub('""', '"'), close + 1
end

local function read_row(text, at)
  local row = {}
  repeat
    local cell, next_at = read_cell(text, at)
    if not cell then
      return nil, next_at
    end
    row[#row + 1] = cell
    local more = text:sub(next_at, next_at) == ","
    at = next_at + (more and 1 or #text:match("^\r?\n?", next_at))
  until not more
  return row, at
end

local function line_of(text, at)
  return select(2, text:sub(1, at - 1):gsub("\n", "")) + 1
end

--- The rows of a text, each a list of cells with the `line` it began on; lines without anything are passed over.
-- Nil and a message when the text is no CSV.
function csv.read(text)
  local rows, at = {}, text:sub(1, 3) == "\239\187\191" and 4 or 1
  while at <= #text do
    local row, next_at = read_row(text, at)
    if not row then
      return nil, ("line %d: %s"):format(line_of(text, at), next_at)
    end
    if #row > 1 or row[1] ~= "" then
      row.line = line_of(text, at)
      rows[#rows + 1] = row
    end
    at = next_at
  end
  return rows
end

return csv
