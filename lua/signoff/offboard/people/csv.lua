-- SPDX-License-Identifier: MIT

--- Comma-separated values as spreadsheets write them: quotes, quotes in quotes, newlines in quotes, CRLF; another delimiter.
-- No Debian package reads them on every Lua.
-- @module signoff.offboard.people.csv

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

local function breaks_in(text)
  return select(2, text:gsub("\r\n?", "\n"):gsub("\n", ""))
end

-- The cell at `at`, where it ends, and how many line breaks are in it; or nil and what is wrong.
local function read_cell(text, at, dialect)
  local _, quote = text:find(dialect.quote, at)
  if not quote then
    local cell = text:match(dialect.cell, at)
    return cell, at + #cell, 0
  elseif quote > at then
    return nil, "a blank stands before an opening quote, which is none then; delete the blank"
  end
  local close = closing_quote(text, at)
  if not close then
    return nil, "a quote is never closed"
  elseif close < #text and not text:find(dialect.stop, close + 1) then
    return nil, "something follows a closing quote"
  end
  local cell = text:sub(at + 1, close - 1):gsub('""', '"')
  return cell, close + 1, breaks_in(cell)
end

-- The row at `at`, where the next one begins, and how many lines this one has; or nil and what is wrong.
local function read_row(text, at, dialect)
  local row, count, lines = {}, 0, 1
  repeat
    local cell, next_at, breaks = read_cell(text, at, dialect)
    if not cell then
      return nil, next_at
    end
    count, lines = count + 1, lines + breaks
    row[count] = cell
    local more = text:byte(next_at) == dialect.delimiter
    at = next_at + (more and 1 or #text:match("^\r?\n?", next_at))
  until not more
  return row, at, lines
end

local function is_blank(row)
  for _, cell in ipairs(row) do
    if cell:find "[^ \t-\r]" then
      return false
    end
  end
  return true
end

-- The patterns by which the cells between such a delimiter are found.
local function dialect_of(delimiter)
  local quoted = "%" .. delimiter
  return {
    delimiter = delimiter:byte(), cell = "^[^" .. quoted .. "\r\n]*", stop = "^[" .. quoted .. "\r\n]",
    quote = delimiter == "\t" and '^ *"' or '^[ \t]*"',
  }
end

--- The rows of a text, one after another: `for row, line, lines in csv.rows(text) do`. A row is a list of cells, `line` the one
-- that it began on, `lines` how many it has. Rows of blanks only are passed over. Where a text is no CSV the last row is `false`,
-- with what is wrong as a third value.
-- @tparam string text without a byte order mark
-- @tparam[opt] string delimiter one character, but no quote, line break, digit or one of A to Z (`,`)
-- @tparam[opt] number at the byte to begin with (1)
-- @tparam[opt] number line its number (1)
-- @treturn function that gives the next row: row, line, lines; false, line, message; nil at the end
function csv.rows(text, delimiter, at, line)
  local dialect = dialect_of(delimiter or ",")
  at, line = at or 1, line or 1
  return function()
    while at <= #text do
      local row, next_at, lines = read_row(text, at, dialect)
      if not row then
        at = #text + 1
        return false, line, next_at
      end
      local began = line
      at, line = next_at, line + lines
      if not is_blank(row) then
        return row, began, lines
      end
    end
  end
end

-- The character between cells: names, and a single one of ASCII that shows, without letters, digits and the quote.
local named = { tab = "\t", ["\\t"] = "\t", semicolon = ";", comma = "," }
local SINGLE = "^[!#-/:-@{-~%[\\%]%^_`\t]$"

--- Reads a delimiter as people write it.
-- @tparam string text the character itself; or `tab`, `\t`, `semicolon`, `comma`
-- @treturn ?string nil where it is none
function csv.delimiter(text)
  text = named[text] or text
  return text:find(SINGLE) and text or nil
end

return csv
