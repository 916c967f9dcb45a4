-- SPDX-License-Identifier: MIT
-- The rows of each pure file of signoff.signout; some files are played by the rows of another.

local played_by = { attempts = "state_machine", occupant = "state_machine" }

--- The rows of a file.
-- @tparam string name
-- @treturn table `rows`, `check(row, modules)`
-- @treturn ?string the file whose rows they are, where it is another
return function(name)
  return require("spec.unit.rows." .. (played_by[name] or name)), played_by[name]
end
