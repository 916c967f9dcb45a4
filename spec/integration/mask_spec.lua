-- SPDX-License-Identifier: MIT
-- A secret is found in whatever encoding a server writes it.

local core = require "signoff.core"
local signoff = require "signoff"
local encodings = require "spec.support.encodings"

local SECRET = [[R&D "x"+é/<y>'(z)!*\k]]

local function client_with(...)
  local headers = {}
  for i, value in ipairs { ... } do
    headers["X-Secret-" .. i] = value
  end
  return signoff.agvance { url = "https://agvance.example", headers = headers }
end

-- A secret is text that XML can carry.
local function client_of(secret)
  return signoff.cisco_em { host = "ucm.example", app_id = "app", app_certificate = secret }
end

local holder = client_of(SECRET)

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

local written = {
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

local function numbered()
  local count = 0
  return function()
    count = count + 1
    return ("%x"):format(count * 7919)
  end
end

-- Kinds of secrets, each with what its kind may go wrong by.
local secrets = {
  ["with escapes of every kind"] = SECRET,
  ["that looks like escapes"] = [[a%41&amp;b%2541\n\u0041c]],
  ["of four bytes"] = "k3Y!",
  ["with blanks"] = "correct horse battery staple",
  ["a number"] = "47110815",
  ["a GUID"] = "9f1c2d3e-a1b2-4c4d-8e8f-0123456789ab",
  ["Base64 itself"] = "U2lnbk9mZi9zZWNyZXQrKw==",
  ["a token"] = "eyJhbGciOiJIUzI1NiJ9." .. ("eyJzdWIiOiJhbm4iLCJqdGkiOiI0NzExIn0-_"):rep(5),
  ["longer than what is shown"] = ("4711 / is % not & a + secret? "):rep(120):gsub("47", numbered()) .. "end",
  ["its own repetition"] = ("aab"):rep(100),
}

-- Forms that show as one piece.
local forms = {}
for form, encode in pairs(encodings.all) do
  forms[form] = not form:find "behind" and encode or nil
end
for form, encode in pairs {
  ["as a form has it"] = function(text) return (each_byte(text, "[^%w%-._~ ]", "%%%02X"):gsub(" ", "+")) end,
  ["each byte percent-encoded"] = function(text) return each_byte(text, ".", "%%%02X") end,
  ["each byte percent-encoded twice"] = function(text) return (each_byte(text, ".", "%%%02X"):gsub("%%", "%%25")) end,
  ["in numbers of XML"] = function(text) return characters(text, function(code) return ("&#%d;"):format(code) end) end,
  ["in numbers of XML with noughts before them"] = function(text) return characters(text, function(code) return ("&#x%016x;"):format(code) end) end,
  ["in numbers of XML, percent-encoded"] = function(text)
    return each_byte(characters(text, function(code) return ("&#x%X;"):format(code) end), "[^%w]", "%%%02X")
  end,
  ["in numbers of JSON"] = function(text) return characters(text, function(code) return ("\\u%04x"):format(code) end) end,
} do
  forms[form] = encode
end

describe("the mask", function()
  for what, text in pairs(written) do
    it("finds a secret " .. what, function()
      assert.are.equal("a *** b", core.mask(holder, "a " .. text .. " b"))
    end)
  end

  it("finds a secret that resembles an escape itself, percent-encoded", function()
    for _, secret in ipairs { "key&quot;4711", "key&amp;4711", "key\\u00414711", "key\\n4711", "key&#228;4711" } do
      local client = client_with(secret)
      for _, text in ipairs { secret, each_byte(secret, "[^%w]", "%%%02X"), each_byte(secret, ".", "%%%02x"),
        (secret:gsub("[&<>]", xml)), (secret:gsub("\\", "\\\\")) } do
        assert.are.equal("a *** b", core.mask(client, "a " .. text .. " b"))
      end
    end
  end)

  it("finds every kind of secret in every form", function()
    for kind, secret in pairs(secrets) do
      local client = client_of(secret)
      for form, encode in pairs(forms) do
        local masked = core.mask(client, "a " .. encode(secret) .. " b")
        assert.are.equal("a *** b", masked, ("%s, %s"):format(kind, form))
      end
    end
  end)

  it("finds it behind what makes an escape of its beginning", function()
    for kind, secret in pairs(secrets) do
      for _, before in ipairs { "100 %", "%4", "C:\\", "\\u", "\\u00", "\\ud83d", "AT&", "&#", "&#x", "&#3", "%2", "%25", "%252", "%5c", "%26" } do
        for _, text in ipairs { secret, each_byte(secret, "[^%w]", "%%%02X"), each_byte(secret, "[^%w]", "%%25%02X"), (secret:gsub("[&<>]", xml)),
          (secret:gsub('["\\]', json)), encodings.base64(secret) } do
          local masked = core.mask(client_of(secret), before .. text .. " b")
          assert.is_truthy(masked:find "%*%*%* b$", ("%s behind %s: %s"):format(kind, before, masked))
        end
      end
    end
  end)

  it("finds it in Base64 behind other bytes, and in lines", function()
    for kind, secret in pairs(secrets) do
      local client = client_of(secret)
      for _, list in ipairs { encodings.all, encodings.lines } do
        for form, encode in pairs(list) do
          local masked = core.mask(client, encode(secret))
          assert.is_truthy(masked:find "%*%*%*=*$" or masked:find "%*%*%*%%[%x%%]+$", ("%s, %s: %s"):format(kind, form, masked))
        end
      end
      for form, trace in pairs(encodings.traces(secret)) do
        assert.are.equal("***", core.mask(client, trace), ("%s, %s"):format(kind, form))
      end
    end
  end)

  it("finds a GUID however it is written, whatever it was given as", function()
    local plain, digits = "9f1c2d3e-a1b2-4c4d-8e8f-0123456789ab", "9f1c2d3ea1b24c4d8e8f0123456789ab"
    local spelled = { plain, digits, plain:upper(), digits:upper(), plain:gsub("%x", string.upper, 8), "{" .. plain .. "}",
      "{" .. plain:upper() .. "}", "(" .. plain .. ")", plain:gsub("%-", "%%2D"), plain:gsub("%-", "%%252d"), plain:gsub("%-", "\\u002d"),
      "%7B" .. plain .. "%7D", (plain:gsub("%-", "&#45;")) }
    for _, given in ipairs { plain, digits, plain:upper(), "{" .. plain .. "}", "(" .. digits:upper() .. ")" } do
      local client = client_with(given)
      for _, text in ipairs(spelled) do
        local masked = core.mask(client, "a " .. text .. " b")
        assert.is_truthy(masked:find "^a [{(%%7B]*%*%*%*[)}%%7D]* b$", given .. " in " .. text .. ": " .. masked)
      end
      assert.are.equal("a 9f1c2d3e-a1b2-4c4d-8e8f b", core.mask(client, "a 9f1c2d3e-a1b2-4c4d-8e8f b"))
    end
  end)

  it("finds it in a reply that is hardly longer than it, and in names", function()
    for given, text in pairs {
      ["9f1c2d3e-a1b2-4c4d-8e8f-0123456789ab"] = "9f1c2d3ea1b24c4d8e8f0123456789ab", ["{-1234567890abcde-}"] = "1234567890abcde",
      ["(----abcd"] = "(----ABCD", ["k3Y!"] = "k3y!", ["%4a%4b"] = "%4a%4b", ["1e10"] = "1E10",
    } do
      local client = signoff.jde_ais { url = "https://ais.example", token = given }
      local function read(body) return select(4, core.read(core.reply(core.build(client, "logout"), 400, body))) end
      local detail = read('{"message":"' .. text .. '"}')
      assert.are.same({ "***", "***" }, { detail.vendor_message, detail.fields.message }, given)
      assert.are.same({ a = { b = 1 } }, read('{"' .. text .. '":1,"a":{"b":1,"' .. text .. '":2}}').fields, given)
    end
  end)

  it("hides what Basic authentication sends", function()
    local client = signoff.isymphony { url = "http://panel.example", username = "manager", password = "Pa55-wo/rd~?" }
    for _, text in ipairs { "manager:Pa55-wo/rd~?", encodings.base64 "manager:Pa55-wo/rd~?", encodings.percent(encodings.base64 "manager:Pa55-wo/rd~?", "%%%02X") } do
      assert.are.equal("Basic ***", core.mask(client, "Basic " .. text))
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

  it("hides a text whole that is made to be searched for long", function()
    local client = client_with(("ab"):rep(2000))
    assert.are.equal("***", core.mask(client, (("ab"):rep(1999) .. "c"):rep(100)))
    assert.are.equal("abc", core.mask(client, "abc"))
  end)

  it("leaves other texts alone, however broken their encoding is", function()
    for _, text in ipairs { "", "%", "%4", "%zz", "&", "&;", "&#;", "&#x;", "&#99999999999;", "\\", "\\u", "\\u12", "\\ud800\\u0041", "100 % & more" } do
      assert.are.equal(text, core.mask(holder, text))
    end
  end)

  -- The shown form of a text, which has the secret behind so many bytes.
  local function check_cut(client, form, before, behind, place)
    local call = core.build(client, "logout", "SEP1")
    local text = ("x"):rep(before) .. form .. (" y"):rep(behind)
    local _, message, _, detail = core.read(core.reply(call, 200,
      ('<response><failure><error code="3">%s</error></failure></response>'):format((text:gsub("[&<>]", xml)))))
    for limit, shown in pairs { [512] = detail.vendor_message, [4096] = detail.fields.failure.error } do
      local rest = text:sub(before + #form + 1, limit)
      assert.are.equal(before < limit and ("x"):rep(before) .. "***" .. rest or ("x"):rep(limit), shown, place)
    end
    assert.is_truthy(message:find(detail.vendor_message, 1, true))
  end

  it("leaves no part of a secret at the end of a text that is cut, wherever it is cut", function()
    local count = 0
    for kind, secret in pairs(secrets) do
      local client = client_of(secret)
      for name, encode in pairs(forms) do
        local form = encode(secret)
        for _, limit in ipairs { 512, 4096 } do
          for _, reach in ipairs { -1, 0, 1, 5, math.floor(#form / 2), #form - 5, #form - 1, #form } do
            for _, behind in ipairs { 0, 300, 3000 } do
              check_cut(client, form, math.max(0, limit - #form + reach), behind, ("%s, %s, %d of it"):format(kind, name, reach))
              count = count + 1
            end
          end
        end
      end
    end
    assert.is_true(count > 5000)
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
