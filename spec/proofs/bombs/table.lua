-- SPDX-License-Identifier: MIT
-- Replies that are made to hurt whoever reads them, each inside one that would be a success: `bombs` has what is put before
-- it and into it, `readings` who reads it, and what stands around.
--
--    bombs: { name, format, inside, [prolog], alone = true (it is the whole reply), wide = true (in UTF-16) }

local AGVANCE = 'xmlns="http://schemas.datacontract.org/2004/07/AgvWebAPICSharp.Models.User"'

local readings = {
  { "cisco_em", "logout", { "SEP1" }, xml = { "<response><success>", "</success></response>" } },
  { "cisco_em", "query_devices", { { "SEP1" } }, xml = {
    '<response><deviceUserResults><device name="SEP1"><lastlogin>', "</lastlogin><none/></device></deviceUserResults></response>" } },
  { "isymphony", "status", { "ann" }, json = { '{"name":"Away","type":"away","note":', "}" } },
  { "isymphony", "users", {}, json = { '[{"userName":"ann","x":', "}]" } },
  { "agvance", "logout", { "K1" }, json = { '{"Status":"0","Count":"1","Message":', "}" }, xml = {
    ("<AgvApiUser %s><Count>1</Count><Status>0</Status><Message>"):format(AGVANCE), "</Message></AgvApiUser>" } },
  { "agvance", "sessions", {}, json = { '{"Status":"0","Count":"0","APIUsers":[],"Message":', "}" }, xml = {
    ("<AgvApiUser %s><APIUsers/><Count>0</Count><Status>0</Status><Message>"):format(AGVANCE), "</Message></AgvApiUser>" } },
  { "oracle_commerce", "logout", { "token-4711" }, json = { '{"result":true,"x":', "}" } },
  { "oracle_commerce", "status", { "token-4711" }, json = { '{"success":false,"x":', "}" } },
  { "jde_ais", "logout", { { token = "token-4711", device = "PC1" } }, json = { '{"status":"Success","x":', "}" }, xml = {
    "<r><status>Success</status><x>", "</x></r>" } },
  { "jde_ais", "status", { { token = "token-4711", device = "PC1" } }, json = { '{"isValidSession":false,"x":', "}" }, xml = {
    "<r><isValidSession>false</isValidSession><x>", "</x></r>" } },
}

local function doctype(declarations)
  return "<!DOCTYPE r [" .. declarations .. "]>"
end

-- Entities each of ten of the one before: ten to the ninth in the end.
local function laughs(mark)
  local list = { ("<!ENTITY %s l0 \"lol\">"):format(mark) }
  for i = 1, 9 do
    list[#list + 1] = ('<!ENTITY %s l%d "%s">'):format(mark, i, (("%sl%d;"):format(mark == "" and "&" or "&#37;", i - 1)):rep(10))
  end
  return table.concat(list)
end

-- In UTF-16: what is ASCII, each byte with a zero.
local function wide(text)
  return "\255\254" .. text:gsub(".", "%0\0")
end

local crowd = {}
for i = 1, 60000 do
  crowd[i] = (" a%d='1'"):format(i)
end

local spaces = {}
for i = 1, 200 do
  spaces[i] = (" xmlns:a%d='b'"):format(i)
end

local DEEP, LONG = 100000, 1000000

--- @tparam string file the URL of a file that nobody may read
-- @tparam string http the URL of a server that nobody may ask
return function(file, http)
  local function external(what, url, use)
    return { what, "xml", use or "&x;", doctype(('<!ENTITY x SYSTEM "%s">'):format(url)) }
  end

  local function parameter(what, url)
    return { what, "xml", "a", doctype(('<!ENTITY %% p SYSTEM "%s"> %%p;'):format(url)) }
  end

  -- After an error libxml2 reads a DTD to its end without a word to anybody.
  local function behind_an_error(bomb)
    return { bomb[1] .. ", behind a broken declaration", bomb[2], bomb[3], "<?xml version='1.0' v?>" .. bomb[4] }
  end

  local bombs = {
    external("XXE by a file", file),
    external("XXE by http", http),
    external("XXE in an attribute", file, '<a b="&x;"/>'),
    parameter("XXE by a parameter entity, a file", file),
    parameter("XXE by a parameter entity, http", http),
    { "external subset, a file", "xml", "a", ('<!DOCTYPE r SYSTEM "%s">'):format(file) },
    { "external subset, http", "xml", "a", ('<!DOCTYPE r SYSTEM "%s">'):format(http) },
    { "external subset, public", "xml", "a", ('<!DOCTYPE r PUBLIC "-//a//b" "%s">'):format(http) },
    { "XXE in UTF-16", "xml", "&x;", doctype(('<!ENTITY x SYSTEM "%s">'):format(file)), wide = true },
    { "billion laughs", "xml", "&l9;", doctype(laughs "") },
    { "billion laughs by parameter entities", "xml", "a", doctype(laughs "%" .. "%l9;") },
    { "quadratic blow-up", "xml", ("&x;"):rep(150000), doctype(('<!ENTITY x "%s">'):format(("x"):rep(500000))) },
    { "an entity that holds itself", "xml", "&x;", doctype '<!ENTITY x "&y;"><!ENTITY y "&x;">' },
    { "any DTD: an empty one", "xml", "a", "<!DOCTYPE r>" },
    { "any DTD: without a name", "xml", "a", "<!DOCTYPE>" },
    { "any DTD: behind a comment", "xml", "a", "<?xml version='1.0'?><!-- a --><!DOCTYPE r []>" },
    { "any DTD: elements only", "xml", "a", doctype "<!ELEMENT r ANY>" },
    { "any DTD: attributes with defaults", "xml", "a", doctype '<!ATTLIST r a CDATA "b">' },
    { "any DTD: in UTF-16", "xml", "a", "<!DOCTYPE r>", wide = true },
    { "any DTD: in UTF-16, the encoding named", "xml", "a", "<?xml version='1.0' encoding='UTF-16'?><!DOCTYPE r>", wide = true },
    behind_an_error(external("XXE by a file", file)),
    behind_an_error(external("XXE by http", http)),
    behind_an_error(parameter("XXE by a parameter entity, a file", file)),
    behind_an_error { "external subset, a file", "xml", "a", ('<!DOCTYPE r SYSTEM "%s">'):format(file) },
    behind_an_error { "billion laughs", "xml", "&l9;", doctype(laughs "") },
    behind_an_error { "billion laughs by parameter entities", "xml", "a", doctype(laughs "%" .. "%l9;") },
    behind_an_error { "quadratic blow-up", "xml", ("&x;"):rep(30000), doctype(('<!ENTITY x "%s">'):format(("x"):rep(500000))) },
    { "a DTD in UTF-16 that breaks off in a character, behind a broken declaration", "xml",
      wide "<?xml v?><!DOCTYPE r [<!ENTITY x 'y'><!ENTITY z 'a" .. "\0\216a", alone = true },
    { "an entity that nobody declared", "xml", "&x;" },
    { "elements 100,000 deep", "xml", ("<a>"):rep(DEEP) .. ("</a>"):rep(DEEP) },
    { "elements 100,000 deep, never closed", "xml", ("<a>"):rep(DEEP), alone = true },
    { "a million errors", "xml", ("\1"):rep(LONG) },
    { "60,000 attributes", "xml", ("<a%s/>"):format(table.concat(crowd)) },
    { "60,000 attributes behind a sign for greater", "xml", ("<a x='>'%s/>"):format(table.concat(crowd)) },
    { "60,000 attributes in UTF-7", "xml", ("<a x='>'%s/>"):format(table.concat(crowd):gsub("=", "+AD0-")), "<?xml version='1.0' encoding='UTF-7'?>" },
    { "20,000 attributes whose prefix nobody declared, of elements with long names", "xml",
      ("<a%s%s/>"):format(("b"):rep(10000), table.concat(spaces):gsub("xmlns", "p")):rep(100) },
    { "20,000 namespaces in scope", "xml", ("<a%s>"):format(table.concat(spaces)):rep(100) },
  }

  local function json(what, inside)
    bombs[#bombs + 1] = { what, "json", inside }
    bombs[#bombs + 1] = { what .. ", alone", "json", inside, alone = true }
  end
  json("arrays 100,000 deep", ("["):rep(DEEP) .. ("]"):rep(DEEP))
  json("arrays 100,000 deep, never closed", ("["):rep(DEEP))
  json("objects 100,000 deep", ('{"a":'):rep(DEEP) .. "1" .. ("}"):rep(DEEP))
  json("objects and arrays 100,000 deep", ('[{"a":'):rep(DEEP / 2) .. "1" .. ("}]"):rep(DEEP / 2))
  json("a number of a million digits", ("9"):rep(LONG))
  json("a negative one", "-" .. ("9"):rep(LONG))
  json("a million digits behind the point", "0." .. ("3"):rep(LONG))
  json("an exponent of a million digits", "1e" .. ("9"):rep(LONG))
  json("an exponent of a million noughts", "1e" .. ("0"):rep(LONG))
  json("an exponent that no double holds", "1e400")
  json("an exponent that no double holds, a point before it", "1.e400")
  json("an exponent that no double holds, signs", "-1E+999")
  json("a mantissa that no double holds", ("1"):rep(150) .. "e199")
  json("400 digits", ("9"):rep(400))
  return bombs, readings
end
