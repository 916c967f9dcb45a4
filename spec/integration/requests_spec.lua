-- SPDX-License-Identifier: MIT
-- Every operation in every format makes the request that spec/data/requests says. JSON is compared by value.

local cjson = require "cjson"
local core = require "signoff.core"
local fixtures = require "spec.support.fixtures"

local function decode_form(body)
  local form = {}
  local function decode(text)
    return (text:gsub("+", " "):gsub("%%(%x%x)", function(digits)
      return string.char(tonumber(digits, 16))
    end))
  end
  for pair in body:gmatch "[^&]+" do
    local name, value = pair:match "^([^=]*)=(.*)$"
    form[decode(name)] = decode(value)
  end
  return form
end

-- One way to write what XML lets be written in two.
local function normal_xml(xml)
  return (xml:gsub("&quot;", '"'):gsub("<(%w+)></%1>", "<%1/>"))
end

local bodies = {
  json = function(body) return cjson.decode(body) end,
  form = function(body)
    local form = decode_form(body)
    form.xml = form.xml and normal_xml(form.xml)
    return form
  end,
  xml = normal_xml,
  body = function(body) return body end,
}

local function check(backend, row)
  local client = fixtures.constructor(backend)(row.options)
  local filters = core.facts[backend].operations[row.operation].filters
  local call = core.build(client, filters and filters.operation or row.operation,
    (table.unpack or unpack)(not filters and row.arguments or {}))
  local request, wanted = core.request(call), row.request
  assert.are.equal(wanted.method, request.method)
  assert.are.equal(wanted.url, request.url)
  assert(fixtures.contains(request.headers, wanted.headers or {}, "headers"))
  for _, name in ipairs(row.no_header or {}) do
    assert.is_nil(request.headers[name], name)
  end
  for kind, decode in pairs(bodies) do
    if wanted[kind] then
      assert.are.same(wanted[kind], decode(request.body))
    end
  end
  if wanted.auth then
    assert.are.same(wanted.auth, { request.username, request.password })
  end
end

for _, backend in ipairs(fixtures.kinds()) do
  describe("requests of " .. backend, function()
    for _, row in ipairs(fixtures.requests(backend)) do
      it(row.name, function()
        check(backend, row)
      end)
    end
  end)
end
