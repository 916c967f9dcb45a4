-- SPDX-License-Identifier: MIT
-- A file in the folder that FUZZ_FOLDER names, for targets that read one; and what a message about it must be.

local core = require "signoff.core"

local file = { path = assert(os.getenv "FUZZ_FOLDER", "FUZZ_FOLDER names no folder") .. "/given" }

assert(core.save(file.path, "")) -- for its owner alone

--- Writes it anew.
function file.write(bytes)
  local handle = assert(io.open(file.path, "wb"))
  handle:write(bytes)
  handle:close()
end

--- Raises unless a message names the file first, has lines of a size that people read, and steers no terminal.
function file.check_message(message)
  assert(type(message) == "string" and #message < 65536, "no message was given")
  assert(message:sub(1, #file.path) == file.path, "it does not name the file: " .. message)
  assert(not message:find "[%z\1-\9\11-\31\127]", "a control character in a message")
  assert(core.utf8(message) == message, "a message that is not UTF-8")
end

return file
