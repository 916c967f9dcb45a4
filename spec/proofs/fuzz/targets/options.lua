-- SPDX-License-Identifier: MIT
-- Options of the five constructors: the first line picks the system, the others are options, `url` among them, and headers as
-- `headers.NAME`. Accepted options must make requests that go there, and whose lines are whole.
local core = require "signoff.core"
local fields = require "spec.proofs.fuzz.fields"
local fixtures = require "spec.support.fixtures"
local signoff = require "signoff"

local targets = { cisco_em = "SEP1", isymphony = "anna", agvance = "K1", oracle_commerce = "eyToken", jde_ais = "044Token" }
local names = { cisco_em = "logout", isymphony = "status", agvance = "logout", oracle_commerce = "logout", jde_ais = "logout" }

local function options_of(kind, given)
  local options, headers = {}, nil
  for name, value in pairs(fixtures.options[kind]) do
    options[name] = value
  end
  for name, value in pairs(given) do
    local header = name:match "^headers%.(.*)$"
    if header then
      headers = headers or {}
      headers[header] = value
    else
      options[name] = value
    end
  end
  options.headers = options.headers or headers
  return options
end

local function check_line(text, what)
  assert(not text:find "[\r\n%z]", what .. " holds a line break or a NUL")
end

-- Where a URL goes, as anybody reads it. Numbers have many spellings, and libcurl writes one.
local function host_of(url)
  return (url:match "^https?://(%l[%l.-]*)[/?#]")
end

local function check_request(kind, client, options)
  local request = core.request(core.build(client, names[kind], targets[kind]))
  check_line(request.url, "the URL")
  assert(request.url:find "^https?://[^/@]+/", "the URL is none: " .. request.url)
  for name, value in pairs(request.headers) do
    check_line(name, "a header's name")
    check_line(value, "a header")
  end
  local asked = type(options.url) == "string" and kind ~= "cisco_em" and host_of(options.url:lower() .. "/")
  assert(not asked or host_of(request.url:lower()) == asked, "it goes elsewhere: " .. request.url)
  assert(not tostring(client):find "[\r\n%z]", "its name breaks a line")
end

return function(bytes)
  local first, given = fields.parse(bytes)
  local kind = fields.pick(fields.systems, first)
  local options = options_of(kind, given)
  local fine, client = pcall(signoff[kind], options)
  if fine then
    check_request(kind, client, options)
  else
    fields.check_raised(client)
  end
end
