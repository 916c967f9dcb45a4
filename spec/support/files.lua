-- SPDX-License-Identifier: MIT
--- Whole files.

local files = {}

local function all_of(file)
  local bytes = file:read "*a"
  file:close()
  return bytes
end

--- Everything that a file holds; raises where there is none.
function files.read(path)
  return all_of(assert(io.open(path, "rb")))
end

--- The same; nil where there is none.
function files.find(path)
  local file = io.open(path, "rb")
  return file and all_of(file)
end

function files.write(path, bytes)
  local file = assert(io.open(path, "wb"))
  file:write(bytes)
  file:close()
end

return files
