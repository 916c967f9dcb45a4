-- SPDX-License-Identifier: MIT
-- Prints bash's completion of signoff-offboard, from the parser of its arguments: with the environment of `make env`.

local parser = require("signoff.offboard.cli.arguments").parser()

-- argparse splits what compgen prints at blanks; names of files may have some.
local function by_line(text)
  text = text:gsub("COMPREPLY=%(%$%((compgen %-f [^\n]*)%)%)", "compopt -o filenames; mapfile -t COMPREPLY < <(%1)")
  return (text:gsub("COMPREPLY=%(%$%((compgen [^\n]*)%)%)", "mapfile -t COMPREPLY < <(%1)"))
end

local licence = "SPDX-%s-Identifier: MIT" -- in two pieces: this line is not that of this file
io.write(("# " .. licence .. "\n# Made by `make completion`, of the parser of the command's arguments.\n"):format "License")
io.write(by_line((parser:get_bash_complete():gsub("^\n+", ""):gsub("\n*$", "\n"))))
