-- SPDX-License-Identifier: MIT

--- Names options in messages about a list: as a script writes them, or as the command does.
-- @module signoff.offboard.people.wording

local wording = {}

local as_command = false

--- Makes messages use the words of the command, which owns its process.
function wording.of_command()
  as_command = true
end

local shown = {
  [false] = { ["\t"] = 'delimiter = "\\t"', any = 'delimiter = "%s"' },
  [true] = { ["\t"] = "--delimiter tab", any = "--delimiter '%s'" },
}

--- The option that says what stands between cells.
-- @tparam string delimiter
-- @treturn string
function wording.delimiter(delimiter)
  local forms = shown[as_command]
  return forms[delimiter] or forms.any:format(delimiter)
end

--- The option that names a column of no interest.
-- @tparam string shown the column's name, as it may be shown
-- @treturn string
function wording.ignore(name)
  return as_command and ("with --ignore '%s'"):format((name:gsub("'", "'\\''"))) or "in the option ignore"
end

return wording
