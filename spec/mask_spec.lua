-- SPDX-License-Identifier: MIT
-- A secret is found in whatever encoding a server writes it.

local core = require "signoff.core"
local signoff = require "signoff"

local SECRET = [[R&D "x"+é/<y>'(z)!*\k]]

local function client_with(...)
  local headers = {}
  for i, value in ipairs { ... } do
    headers["X-Secret-" .. i] = value
  end
  return signoff.agvance { url = "https://agvance.example", headers = headers }
end

local holder = signoff.cisco_em { host = "ucm.example", app_id = "app", app_certificate = SECRET }

local function each_byte(text, pattern, format)
  return (text:gsub(pattern, function(character)
    return (character:gsub(".", function(byte)
      return format:format(byte:byte())
    end))
  end))
end

local function characters(text, encode)
  return (text:gsub("[%z\1-\127\194-\244][\128-\191]*", function(character)
    local first, second = character:byte(1, 2)
    return encode(second and (first - 192) * 64 + second - 128 or first, character)
  end))
end

local xml = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&apos;" }
local json = { ['"'] = '\\"', ["\\"] = "\\\\" }

local encodings = {
  ["as it is"] = SECRET,
  ["percent-encoded"] = each_byte(SECRET, "[^%w]", "%%%02X"),
  ["percent-encoded, lower case"] = each_byte(SECRET, "[^%w%-._~]", "%%%02x"),
  ["as a form, blanks as plus"] = (each_byte(SECRET, "[^%w%-._~ ]", "%%%02X"):gsub(" ", "+")),
  ["as encodeURIComponent does"] = each_byte(SECRET, "[^%w%-._~!'()*]", "%%%02X"),
  ["for XML"] = (SECRET:gsub("[&<>\"']", xml)),
  ["for XML text"] = (SECRET:gsub("[&<]", xml)),
  ["for XML in numbers"] = characters(SECRET, function(code) return ("&#%d;"):format(code) end),
  ["for XML in hexadecimal numbers"] = characters(SECRET, function(code) return ("&#x%x;"):format(code) end),
  ["for JSON"] = (SECRET:gsub('["\\]', json)),
  ["for JSON, slashes too"] = (SECRET:gsub('["\\]', json):gsub("/", "\\/")),
  ["for JSON in ASCII"] = characters(SECRET, function(code, character)
    return (code > 126 or character:find "[^%w ]") and ("\\u%04x"):format(code) or character
  end),
  ["in hexadecimal"] = each_byte(SECRET, ".", "%02x"),
  ["in hexadecimal, upper case"] = each_byte(SECRET, ".", "%02X"),
  ["for XML, in a form"] = each_byte((SECRET:gsub("[&<>]", xml)), "[^%w]", "%%%02X"),
}

describe("the mask", function()
  for what, text in pairs(encodings) do
    it("finds a secret " .. what, function()
      assert.are.equal("a *** b", core.mask(holder, "a " .. text .. " b"))
    end)
  end

  it("finds a secret that looks like an escape itself, percent-encoded", function()
    for _, secret in ipairs { "key&quot;4711", "key&amp;4711", "key\\u00414711", "key\\n4711", "key&#228;4711" } do
      local client = client_with(secret)
      for _, text in ipairs { secret, each_byte(secret, "[^%w]", "%%%02X"), each_byte(secret, ".", "%%%02x"),
        (secret:gsub("[&<>]", xml)), (secret:gsub("\\", "\\\\")) } do
        assert.are.equal("a *** b", core.mask(client, "a " .. text .. " b"))
      end
    end
  end)

  it("finds its Base64 inside a longer one, in both alphabets", function()
    local client = client_with "??>>~~secret"
    for _, digits in ipairs { "Pz8+Pn5+c2VjcmV0", "Pz8-Pn5-c2VjcmV0", "YT8/Pj5+fnNlY3JldGI=", "YWE/Pz4+fn5zZWNyZXRi" } do
      assert.is_truthy(core.mask(client, "x " .. digits .. " y"):find("***", 1, true), digits)
    end
  end)

  it("takes the longer of two that overlap", function()
    local client = client_with("hunter2", "hunter2-prod-key", "prod-key")
    assert.are.equal("bad *** and ***", core.mask(client, "bad hunter2-prod-key and hunter2"))
  end)

  it("leaves other texts alone, however broken their encoding is", function()
    for _, text in ipairs { "", "%", "%4", "%zz", "&", "&;", "&#;", "&#x;", "&#99999999999;", "\\", "\\u", "\\u12", "\\ud800\\u0041", "100 % & more" } do
      assert.are.equal(text, core.mask(holder, text))
    end
  end)

  it("is put on before a text is cut", function()
    local reply = ('<response><failure><error code="3">%s%s</error></failure></response>'):format(("x"):rep(500), "app-password-4711")
    local client = signoff.cisco_em { host = "ucm.example", app_id = "app", app_certificate = "app-password-4711" }
    local _, message, _, detail = core.read(core.reply(core.build(client, "logout", "SEP1"), 200, reply))
    assert.is_nil(message:find("app-", 1, true))
    assert.are.equal(("x"):rep(500) .. "***", detail.vendor_message)
  end)

  it("drops members and elements whose name is a secret", function()
    local client = signoff.cisco_em { host = "ucm.example", app_id = "app", app_certificate = "app-password-4711" }
    local call = core.build(client, "logout", "SEP1")
    local answer = core.read(core.reply(call, 200, "<response><success/><app-password-4711/></response>"))
    assert.are.same({ success = "" }, answer.fields)
  end)

  it("takes the word 'environment' of the option 'proxy' for no secret", function()
    local client = signoff.jde_ais { url = "https://ais.example", token = "044-token", proxy = "environment" }
    assert.are.equal("in this environment", core.mask(client, "in this environment"))
  end)
end)
