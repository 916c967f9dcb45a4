-- SPDX-License-Identifier: MIT

--- Texts that come from a spreadsheet, or go into one.
-- @module signoff.offboard.people.spreadsheet

local spreadsheet = {}

-- `= + - @`, and their full-width and small forms.
local signs = {
  "=", "+", "-", "@", "\239\188\157", "\239\188\139", "\239\188\141", "\239\188\160", "\239\185\166", "\239\185\162", "\239\185\163",
  "\239\185\171",
}

-- Errors in the languages of spreadsheets: #REF!, #\194\161REF!, #N/A, #N/D, #NV; and those of LibreOffice.
local errors = { "^#[A-Z/0-9\128-\255]+[!?]$", "^#[A-Z]/[A-Z]$", "^#NV$", "^#GETTING_DATA$", "^Err:[0-9]+$" }

--- The byte order mark by which a spreadsheet knows UTF-8.
spreadsheet.MARK = "\239\187\191"

local function begins_formula(text)
  text = text:gsub("^ +", "")
  for _, sign in ipairs(signs) do
    if text:sub(1, #sign) == sign then
      return true
    end
  end
  return text:find "^[\t\r\n]" ~= nil
end

--- The text as a cell that a spreadsheet shows and does not run. In some countries `;` separates cells, and a quote that is not their
-- first character means nothing there: so each part that may become a cell is guarded.
-- @tparam string text
-- @treturn string
function spreadsheet.guarded(text)
  local first, rest = text:match "^([ \t\r\n]*[^;|\t\r\n]*)(.*)$"
  rest = rest:gsub("[^;|\t\r\n]+", function(part)
    return begins_formula(part) and "'" .. part or nil
  end)
  return (begins_formula(first) and "'" or "") .. first .. rest
end

--- Whether a spreadsheet takes a cell with that text, or a part of it, for a formula, and runs it.
-- @tparam string text
-- @treturn boolean
function spreadsheet.runs(text)
  return spreadsheet.guarded(text) ~= text
end

local NOTICE = "%s: %s begins like a formula; a spreadsheet that opens a list with it (--failed) would run it"

--- The texts of a plan that a spreadsheet would run: the list of those who are left keeps them as they are.
-- @tparam table plan
-- @treturn {string,...} a sentence each, not yet plain
function spreadsheet.notices(plan)
  local notices, seen = {}, {}
  local function add(person, what, text)
    if text and spreadsheet.runs(text) and not seen[text] then
      seen[text] = true
      notices[#notices + 1] = NOTICE:format(person, what)
    end
  end
  for _, item in ipairs(plan.items) do
    add(item.person, "this name", item.person)
    add(item.person, ("'%s' on %s"):format(item.cell or item.target, item.system), not item.token and (item.cell or item.target))
  end
  for _, gap in ipairs(plan.gaps or {}) do
    add(gap.person, "this name", gap.person)
  end
  return notices
end

--- The change that a spreadsheet made to a text, so that the text is lost.
-- @tparam string text a cell, or a part of one
-- @treturn ?string the end of a sentence; nil where nothing was lost
function spreadsheet.damage(text)
  if not text:find "^[-+0-9#E]" then
    return nil
  elseif text:find "^[+-]?[0-9][.,]?[0-9]*[Ee]%+[0-9]+$" or text:find "^[+-]?[0-9][.,][0-9]+[Ee]%-[0-9]+$" then
    return "is a number that a spreadsheet shortened; format the column as text, and enter it again"
  elseif text:find "^###+$" then
    return "is a cell that was too narrow for a spreadsheet; make its column wider, and save the list again"
  end
  for _, pattern in ipairs(errors) do
    if text:find(pattern) then
      return "is a spreadsheet's error; format the column as text, and enter it again"
    end
  end
end

return spreadsheet
