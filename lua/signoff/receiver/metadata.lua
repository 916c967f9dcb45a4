-- SPDX-License-Identifier: MIT

--- Finds where an issuer publishes its keys: in its metadata, which must be its own.
--
-- A transmitter of shared signals has `/.well-known/ssf-configuration` between host and path; a provider of OpenID Connect has
-- `/.well-known/openid-configuration` behind its path.
-- @module signoff.receiver.metadata

local json = require "signoff.json"

local metadata = {}

local OK, NOT_FOUND = 200, 404

local function inserted(issuer, name)
  local origin, path = issuer:match "^(https?://[^/]+)(.*)$"
  return ("%s/.well-known/%s%s"):format(origin, name, path == "/" and "" or path)
end

local function appended(issuer, name)
  return ("%s/.well-known/%s"):format(issuer:gsub("/$", ""), name)
end

--- The addresses of an issuer's metadata, the likeliest first.
-- @tparam string issuer
-- @tparam boolean is_transmitter of shared signals
-- @treturn {string,...}
function metadata.addresses(issuer, is_transmitter)
  local openid = appended(issuer, "openid-configuration")
  return is_transmitter and { inserted(issuer, "ssf-configuration"), openid } or { openid }
end

--- Reads metadata.
-- @tparam string text
-- @tparam string issuer whose it must be, exactly as written
-- @treturn ?string the address of its keys; nil and what is wrong, the end of a sentence
function metadata.read(text, issuer)
  local document, problem = json.decode_once(text)
  if type(document) ~= "table" then
    return nil, problem or "is no JSON object"
  elseif document.issuer ~= issuer then
    return nil, ("is that of another issuer, not of %s"):format(issuer)
  elseif type(document.jwks_uri) ~= "string" or not document.jwks_uri:find "^https://[^/]" then
    return nil, "names no https address of its keys (jwks_uri)"
  end
  return document.jwks_uri
end

--- Asks for the address of an issuer's keys.
-- @tparam string issuer
-- @tparam boolean is_transmitter
-- @tparam function fetch `fetch(url)`: status, headers, body; or nil, message
-- @treturn ?string the address; nil, message
function metadata.find(issuer, is_transmitter, fetch)
  local message
  for _, url in ipairs(metadata.addresses(issuer, is_transmitter)) do
    local status, problem, body = fetch(url)
    if status == OK then
      local address, fault = metadata.read(body, issuer)
      return address, fault and ("%s %s"):format(url, fault)
    end
    message = status and ("%s answered HTTP %d"):format(url, status) or problem
    if status ~= NOT_FOUND then
      return nil, message
    end
  end
  return nil, message
end

return metadata
