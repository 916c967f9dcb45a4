-- SPDX-License-Identifier: MIT

--- Key sets on disk: those that were fetched, beside the inbox, for their owner alone; and those that a site configures.
-- @module signoff.receiver.key_files

local core = require "signoff.core"
local json = require "signoff.json"

local key_files = {}

local LARGEST = 1024 * 1024 -- bytes
local DIGITS = 16 -- of the issuer's digest in the name

--- The path of an issuer's keys.
-- @tparam string folder
-- @tparam string issuer
-- @treturn string
function key_files.path(folder, issuer)
  return ("%s/keys-%s.json"):format(folder, core.sha256(issuer):sub(1, DIGITS))
end

local function bytes_of(file, path)
  local fine, message = file:trust()
  if not fine then
    return nil, message
  end
  local parts, size = {}, 0
  repeat
    local part, problem = file:read()
    if problem then
      return nil, ("%s: %s"):format(path, problem)
    end
    parts[#parts + 1], size = part, size + #(part or "")
  until not part or size > LARGEST
  return size <= LARGEST and table.concat(parts) or nil, path .. ": is too large for a key set"
end

--- The text of a file that nobody but root and the user of this process can have put there.
-- @tparam string path
-- @treturn string; or nil, message
function key_files.text(path)
  local file, message = core.file(path)
  if not file then
    return nil, message
  end
  local text, problem = nil, ("%s: is no file"):format(path)
  if file:about().kind == "file" then
    text, problem = bytes_of(file, path)
  end
  file:close()
  return text, not text and problem or nil
end

--- The text of a file with keys that were fetched.
-- @tparam table about `issuer`, `fetched` (Unix seconds), `max_age`, `uri`, `jwks` (the text)
-- @treturn string
function key_files.text_of(about)
  return json.encode(about) .. "\n"
end

--- Reads keys that were fetched.
-- @tparam string path
-- @tparam string issuer whose they must be
-- @treturn ?table as `text_of` takes it; nil: there are none that can be read
function key_files.read(path, issuer)
  local text = key_files.text(path)
  local about = text and json.decode(text)
  local sound = type(about) == "table" and about.issuer == issuer and type(about.jwks) == "string" and type(about.fetched) == "number"
  return sound and about or nil
end

return key_files
