-- SPDX-License-Identifier: MIT
-- Uses files, as who runs this: `try.lua CELLS`, a file of lines "number, tab, kind, tab, path"; prints a line each, "number, tab, yes" or
-- "number, tab, no, tab, message".

local kinds = {}
for _, kind in ipairs(require "spec.integration.trust.kinds") do
  kinds[kind.name] = kind
end

for line in io.lines(arg[1]) do
  local number, kind, path = line:match "^(%d+)\t([^\t]*)\t(.*)$"
  local fine, message = kinds[kind].use(path)
  print(number .. "\t" .. (fine and "yes" or "no\t" .. tostring(message):gsub("\n", " ")))
end
