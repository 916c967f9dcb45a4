-- SPDX-License-Identifier: MIT

--- Texts that come from a spreadsheet, or go into one.
-- @module signoff.offboard.spreadsheet

local spreadsheet = {}

-- `= + - @`, and their full-width and small forms.
local signs = {
  "=", "+", "-", "@", "\239\188\157", "\239\188\139", "\239\188\141", "\239\188\160", "\239\185\166", "\239\185\162", "\239\185\163",
  "\239\185\171",
}

--- How UTF-8 begins that a spreadsheet is to read as such.
spreadsheet.MARK = "\239\187\191"

--- Whether a spreadsheet takes a cell with that text for a formula, and runs it.
-- @tparam string text
-- @treturn boolean
function spreadsheet.runs(text)
  if text:find "^[\t\r\n]" then
    return true
  end
  text = text:gsub("^ +", "")
  for _, sign in ipairs(signs) do
    if text:sub(1, #sign) == sign then
      return true
    end
  end
  return false
end

--- The text as a cell that is shown and not run.
function spreadsheet.guarded(text)
  return spreadsheet.runs(text) and "'" .. text or text
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

--- What a spreadsheet made of a text, so that the text is lost.
-- @tparam string text a cell, or a part of one
-- @treturn ?string the end of a sentence; nil where nothing was lost
function spreadsheet.damage(text)
  if text:find "^[+-]?[0-9][.,]?[0-9]*[Ee]%+[0-9]+$" then
    return "is a number that a spreadsheet shortened; format the column as text, and enter it again"
  elseif text:find "^#[A-Z/0-9]+[!?]$" or text == "#N/A" or text == "#NV" then
    return "is a spreadsheet's error; format the column as text, and enter it again"
  end
end

return spreadsheet
