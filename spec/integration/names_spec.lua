-- SPDX-License-Identifier: MIT
-- The comparison of names: rows of two spellings, and what each rule says of them; then what holds for all of them.
-- In a spelling, <00A0> is that character and <xFC> that byte. A row's answers are those of "exact", "folded" and "key".

local core = require "signoff.core"
local names = require "signoff.names"
local signoff = require "signoff"

local rules = { "exact", "folded", "key" }

local function utf8_of(code)
  if code < 0x80 then
    return string.char(code)
  elseif code < 0x800 then
    return string.char(0xc0 + math.floor(code / 0x40), 0x80 + code % 0x40)
  elseif code < 0x10000 then
    return string.char(0xe0 + math.floor(code / 0x1000), 0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
  end
  return string.char(0xf0 + math.floor(code / 0x40000), 0x80 + math.floor(code / 0x1000) % 0x40,
    0x80 + math.floor(code / 0x40) % 0x40, 0x80 + code % 0x40)
end

local function spelled(text)
  return (text:gsub("<x(%x%x)>", function(digits) return string.char(tonumber(digits, 16)) end)
    :gsub("<(%x%x%x%x%x?)>", function(digits) return utf8_of(tonumber(digits, 16)) end))
end

local groups = {
  { "a name is written like itself",
    { "ana.silva", "ana.silva", "same same same" },
    { "Ана Сильва", "Ана Сильва", "same same same" },
    { "山田太郎", "山田太郎", "same same same" },
    { "ana.silva", "rita.stone", "different different different" },
    { "ana", "anna", "different different different" },
    { "ana.silva", "anasilva", "different different different" },
    { "ana.silva", "ana_silva", "different different different" },
    { "ana1", "ana2", "different different different" },
    { "0", "0", "same same same" },
    { "+", "+", "same same same" },
    { "+", "++", "different different different" },
    { "<0301>", "<0301>", "same same same" },
    { "%", "%", "same same same" },
    { "@", "@", "same same same" },
    { "\\", "\\", "same same same" },
  },
  { "case",
    { "ana.silva", "ANA.SILVA", "nearly same nearly" },
    { "SEP001122AABBCC", "sep001122aabbcc", "nearly same nearly" },
    { "Müller", "MÜLLER", "nearly same nearly" },
    { "ана", "АНА", "nearly same nearly" },
    { "straße", "STRASSE", "nearly nearly nearly" },
    { "straße", "STRA<1E9E>E", "nearly nearly nearly" },
    { "ΝΙΚΟΣ", "νικος", "nearly same nearly" },
    { "νικοσ", "νικος", "nearly same nearly" },
    { "ſmith", "Smith", "nearly same nearly" },
    { "<212A>elvin", "kelvin", "nearly same nearly" },
    { "<212B>ngstrom", "<00E5>ngstrom", "nearly same nearly" },
    { "<212B>ngstrom", "angstrom", "nearly nearly nearly" },
    { "<0130>smail", "ismail", "nearly nearly nearly" },
    { "<0130>SMAIL", "ISMAIL", "nearly nearly nearly" },
    { "ısmail", "ismail", "nearly nearly nearly" },
    { "ısmail", "ISMAIL", "nearly nearly nearly" },
    { "ısmail", "<0130>smail", "nearly nearly nearly" },
    { "yıldız", "YILDIZ", "nearly nearly nearly" },
    { "<01C4>emal", "<01C6>emal", "nearly same nearly" },
    { "<01C5>emal", "džemal", "nearly nearly nearly" },
  },
  { "quotes and brackets",
    { "ana.silva", '"ana.silva"', "nearly nearly nearly" },
    { "ana.silva", "<ana.silva>", "nearly nearly nearly" },
    { "ana", "{ana}", "nearly nearly nearly" },
    { "(ana)", "[ana]", "nearly nearly nearly" },
    { "()", "()", "same same same" },
    { "()", "[]", "different different different" },
    { "ana", "(anna)", "different different different" },
  },
  { "blanks around it",
    { "ana", "ana ", "same same same" },
    { "ana", "<0009>ana<000D><000A>", "same same same" },
    { "ana", "<000A>      ana<000A>    ", "same same same" },
    { "ana", "ana<00A0>", "same same same" },
    { "ana", "<3000>ana", "same same same" },
    { "ana", "<2003>ana<202F>", "same same same" },
    { "ana", "ana<0085>", "same same same" },
    { "ana", "ana<2028>", "same same same" },
    { "ana", "ana<1680><205F><2007>", "same same same" },
    { "ana", "ana<000B><000C>", "same same same" },
    { "8F3A-22", "8F3A-22<00A0>", "same same same" },
    { "ana", "<000A>ANA%40x<000A>", "nearly nearly different" },
  },
  { "blanks inside",
    { "ana silva", "ana  silva", "nearly nearly nearly" },
    { "ana silva", "ana<00A0>silva", "nearly nearly nearly" },
    { "ana silva", "anasilva", "nearly nearly nearly" },
    { "ana silva", "ana<000A>silva", "nearly nearly nearly" },
    { "山田 太郎", "山田<3000>太郎", "nearly nearly nearly" },
    { "ana silva", "ana+silva", "nearly nearly nearly" },
    { "ana silva", "ana%20silva", "nearly same nearly" },
    { "ana+silva", "ana%2Bsilva", "nearly same nearly" },
    { "ana silva", "ana%2Bsilva", "nearly nearly nearly" },
  },
  { "what shows nothing",
    { "ana", "<FEFF>ana", "nearly nearly nearly" },
    { "ana", "ana<200B>", "nearly nearly nearly" },
    { "ana", "a<200C>na", "nearly nearly nearly" },
    { "ana", "an<200D>a", "nearly nearly nearly" },
    { "ana", "an<2060>a", "nearly nearly nearly" },
    { "ana", "an<00AD>a", "nearly nearly nearly" },
    { "ana", "<200F>ana<200E>", "nearly nearly nearly" },
    { "ana", "<202B>ana<202C>", "nearly nearly nearly" },
    { "ana", "<2067>ana<2069>", "nearly nearly nearly" },
    { "ana", "ana<FE0F>", "nearly nearly nearly" },
    { "ana", "ana<E0100>", "nearly nearly nearly" },
    { "ana", "ana<E0061>", "nearly nearly nearly" },
    { "ana", "ana<3164>", "nearly nearly nearly" },
    { "ana", "ana<FFA0>", "nearly nearly nearly" },
    { "ana", "ana<180E>", "nearly nearly nearly" },
    { "ana", "ana<2800>", "nearly nearly nearly" },
    { "ana", "ana<034F>", "nearly nearly nearly" },
    { "ana", "ana<0000>", "nearly nearly nearly" },
    { "ana", "ana<0000>silva", "different different different" },
    { "ana", "ana<007F>", "nearly nearly nearly" },
    { "ana", "<001B>ana", "nearly nearly nearly" },
    { "ana", "ana%00", "nearly nearly nearly" },
  },
  { "forms of one character",
    { "m<00FC>ller", "mu<0308>ller", "nearly nearly nearly" },
    { "<00E9>lodie", "e<0301>lodie", "nearly nearly nearly" },
    { "<1EC7>", "e<0302><0323>", "nearly nearly nearly" },
    { "<1EC7>", "e<0323><0302>", "nearly nearly nearly" },
    { "<AC00><AC01>", "<1100><1161><1100><1161><11A8>", "nearly nearly nearly" },
    { "<304C>", "<304B><3099>", "nearly nearly nearly" },
    { "<FF41><FF4E><FF41>", "ana", "nearly nearly nearly" },
    { "<FF21><FF2E><FF21>", "ana", "nearly nearly nearly" },
    { "<FF76><FF9E>", "<30AC>", "nearly nearly nearly" },
    { "ﬁona", "fiona", "nearly nearly nearly" },
    { "ﬀ", "FF", "nearly nearly nearly" },
    { "<2460>", "1", "nearly nearly nearly" },
    { "ana<00B2>", "ana2", "nearly nearly nearly" },
    { "<2126>mega", "<03C9>mega", "nearly same nearly" },
    { "<00B5>", "<03BC>", "nearly same nearly" },
    { "<1D41A>na", "ana", "nearly nearly nearly" },
    { "<FDFA>", "<0635><0644><0649> <0627><0644><0644><0647> <0639><0644><064A><0647> <0648><0633><0644><0645>", "nearly nearly nearly" },
  },
  { "marks, and letters that a keyboard lacks",
    { "andré", "andre", "nearly nearly nearly" },
    { "Zoë", "ZOE", "nearly nearly nearly" },
    { "ångström", "angstrom", "nearly nearly nearly" },
    { "šimůnek", "simunek", "nearly nearly nearly" },
    { "nguyễn", "nguyen", "nearly nearly nearly" },
    { "ана<0301>", "ана", "nearly nearly nearly" },
    { "й", "и", "nearly nearly nearly" },
    { "<05E9><05C1>", "<05E9>", "nearly nearly nearly" },
    { "<0645><064F><062D>", "<0645><062D>", "nearly nearly nearly" },
    { "a<20DD>", "a", "nearly nearly nearly" },
    { "가<302E>", "가", "nearly nearly nearly" },
    { "Bjørn", "bjorn", "nearly nearly nearly" },
    { "Łukasz", "lukasz", "nearly nearly nearly" },
    { "Đorđe", "dorde", "nearly nearly nearly" },
    { "Sigurðr", "sigurdr", "nearly nearly nearly" },
    { "Ælfred", "aelfred", "nearly nearly nearly" },
    { "<01FF>", "o", "nearly nearly nearly" },
    { "müller", "mueller", "different different different" },
    { "o'brien", "o’brien", "nearly nearly nearly" },
    { "o'brien", "o‘brien", "nearly nearly nearly" },
    { "o'brien", "o´brien", "nearly nearly nearly" },
    { "o´brien", "o<1FFD>brien", "nearly nearly nearly" },
    { "o'brien", "o`brien", "nearly nearly nearly" },
    { "o'brien", "o<02BC>brien", "nearly nearly nearly" },
    { "o'brien", "obrien", "different different different" },
  },
  { "dashes",
    { "8F3A-22", "8F3A<2010>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A<2011>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A–22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A—22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A<2015>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A<2212>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A<FF0D>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A<FE63>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A<00AD>22", "different different different" },
    { "8F3A22", "8F3A<00AD>22", "nearly nearly nearly" },
    { "8F3A-22", "8F3A22", "different different different" },
    { "anne-marie", "anne<2011>marie", "nearly nearly nearly" },
  },
  { "numbers that a spreadsheet read",
    { "007", "7", "nearly nearly nearly" },
    { "0012345", "12345", "nearly nearly nearly" },
    { "000", "0", "nearly nearly nearly" },
    { "0012345@corp.example", "12345", "nearly nearly different" },
    { "<FF10>7", "7", "nearly nearly nearly" },
    { "007a", "7a", "different different different" },
    { "70", "7", "different different different" },
    { "0", "00a", "different different different" },
    { "1.50", "1.5", "different different different" },
  },
  { "percent-encoding",
    { "em@cisco.com", "em%40cisco.com", "nearly same nearly" },
    { "em@cisco.com", "EM%40CISCO.COM", "nearly same nearly" },
    { "müller", "m%C3%BCller", "nearly same nearly" },
    { "müller", "m%c3%bcller", "nearly same nearly" },
    { "MÜLLER", "m%C3%BCller", "nearly same nearly" },
    { "müller", "mu%CC%88ller", "nearly nearly nearly" },
    { "müller", "m%FCller", "nearly nearly nearly" },
    { "em@cisco.com", "em%2540cisco.com", "nearly nearly nearly" },
    { "em%40cisco.com", "em%2540cisco.com", "nearly nearly nearly" },
    { "em@cisco.com", "em%252540cisco.com", "nearly nearly nearly" },
    { "em@cisco.com", "em%25252525252525252540cisco.com", "nearly nearly nearly" },
    { "m<xFC>ller", "m%FCller", "nearly nearly nearly" },
    { "ana silva", "ana%252Bsilva", "nearly nearly nearly" },
    { "ana", "ana%20", "nearly same nearly" },
    { "ana", "ana%0A", "nearly same nearly" },
    { "ana", "%C2%A0ana", "nearly same nearly" },
    { "ana", "%EF%BB%BFana", "nearly nearly nearly" },
    { "a%na", "a%na", "same same same" },
    { "a%41na", "aana", "nearly same nearly" },
    { "50%", "50%25", "nearly same nearly" },
    { "a%41%", "aA%", "nearly nearly nearly" },
    { "100%zz", "100%ZZ", "nearly same nearly" },
    { "ana%4", "ana", "different different different" },
    { "<FF05>41na", "ana", "nearly nearly nearly" },
    { "%<200B>41na", "ana", "nearly nearly nearly" },
    { "%EF%BC%8541na", "ana", "nearly nearly nearly" },
  },
  { "domains",
    { "ana.silva", "ana.silva@corp.example", "nearly nearly different" },
    { "ana.silva", "ANA.SILVA@CORP.EXAMPLE", "nearly nearly different" },
    { "ana.silva", "CORP\\ana.silva", "nearly nearly different" },
    { "ana.silva", "corp.example\\Ana.Silva", "nearly nearly different" },
    { "ana.silva", "CORP/ana.silva", "nearly nearly different" },
    { "ana.silva", "CORP%5Cana.silva", "nearly nearly different" },
    { "ana.silva", "ana.silva%40corp.example", "nearly nearly different" },
    { "ana.silva@corp.example", "CORP\\ana.silva", "nearly nearly different" },
    { "ana@a.example", "ana@b.example", "nearly nearly different" },
    { "ana@a.example", "ANA@A.EXAMPLE", "nearly same nearly" },
    { "ana", "ana<FF20>corp.example", "nearly nearly different" },
    { "ana", "CORP<FF3C>ana", "nearly nearly different" },
    { "ana", "@ana", "nearly nearly different" },
    { "ana", "ana@", "nearly nearly different" },
    { "ana", ".\\ana", "nearly nearly different" },
    { "ana", "ana@home@corp.example", "nearly nearly different" },
    { "ana", "CORP\\", "different different different" },
    { "ana@corp.example", "rita@corp.example", "different different different" },
    { "CORP\\ana", "CORP\\rita", "different different different" },
    { "ana.silva", "CN=ana.silva,OU=people,DC=corp", "nearly nearly different" },
    { "ana.silva", "uid=Ana.Silva, ou=people", "nearly nearly different" },
    { "CN=ana,OU=sales", "CN=ana,OU=people", "nearly nearly different" },
    { "CN=ana,OU=people", "CN=rita,OU=people", "different different different" },
    { "people", "CN=ana,OU=people", "different different different" },
    { "ana.silva", "/o=corp/ou=people/cn=ana.silva", "nearly nearly different" },
    { "ana.silva", "sip:ana.silva@corp.example;transport=tls", "nearly nearly different" },
    { "ana.silva", "mailto:Ana.Silva@corp.example", "nearly nearly different" },
    { "ana.silva", "i:0#.f|membership|ana.silva@corp.example", "nearly nearly different" },
    { "ana", "CORP:ana", "nearly nearly different" },
    { "CORP:ana", "CORP:rita", "different different different" },
    { "=", "=", "same same same" },
    { "=", ":", "different different different" },
    { "a=", "a", "nearly nearly different" },
    { "A/001", "B/001", "nearly nearly different" },
    { "key@1", "key@2", "nearly nearly different" },
  },
  { "letters of other scripts that look alike",
    { "ana", "<0430>na", "different different different", says = "differs in a letter of another script: U+0430 looks like 'a'" },
    { "ana", "AN<0410>", "different different different", says = "differs in a letter of another script: U+0430 looks like 'a'" },
    { "rosa", "r<043E>sa", "different different different", says = "differs in a letter of another script: U+043E looks like 'o'" },
    { "rosa", "r<03BF>sa", "different different different", says = "differs in a letter of another script: U+03BF looks like 'o'" },
    { "r<043E>sa", "r<03BF>sa", "different different different", says = "differs in a letter of another script: U+043E looks like 'o'" },
    { "copp", "сорр", "different different different", says = "differs in a letter of another script: U+0441 looks like 'c'" },
    { "MARTA", "<041C><0410>RTA", "different different different", says = "differs in a letter of another script: U+043C looks like 'm'" },
    { "ana", "а<043D>а", "different different different" },
    { "ana", "%D0%B0na", "different different different", says = "differs in a letter of another script: U+0430 looks like 'a'" },
    { "ana", "<0430>nas", "different different different" },
    { "ana", "анна", "different different different" },
    { "жанна", "анна", "different different different" },
  },
  { "bytes that are no UTF-8",
    { "M<xFC>ller", "M<xFC>ller", "same same same" },
    { "M<xFC>ller", " M<xFC>ller<000A>", "same same same" },
    { "M<xFC>ller", "Müller", "nearly nearly nearly" },
    { "M<xFC>ller", "muller", "nearly nearly nearly" },
    { "M<xFC>ller", "M<xDC>LLER", "nearly nearly nearly" },
    { "M<xFC>ller", "M<xF6>ller", "different different different" },
    { "ana<xA0>", "ana", "nearly nearly nearly" },
    { "8F3A<x96>22", "8F3A-22", "nearly nearly nearly" },
    { "o<x92>brien", "o'brien", "nearly nearly nearly" },
    { "<x80>", "<20AC>", "nearly nearly nearly" },
    { "<xC3>", "<xC3>", "same same same" },
    { "<xED><xA0><x80>", "<xED><xA0><x80>", "same same same" },
    { "<xC0><xAF>", "/", "different different different" },
    { "<xFF><xFE>a<0000>", "a", "different different different" },
    { "<xF4><x90><x80><x80>", "<x90>", "different different different", says = "a blank text names nobody" },
  },
  { "no name",
    { "", "", "different different different", says = "a blank text names nobody" },
    { "", "ana", "different different different", says = "a blank text names nobody" },
    { " ", " ", "different different different", says = "a blank text names nobody" },
    { " ", "<00A0>", "different different different", says = "a blank text names nobody" },
    { "<200B>", "<200B>", "different different different", says = "a blank text names nobody" },
    { "<FEFF><00AD>", "", "different different different", says = "a blank text names nobody" },
    { "<3164>", "<3164>", "different different different", says = "a blank text names nobody" },
    { "<0000>", "<0000>", "different different different", says = "a blank text names nobody" },
    { "%20", "%20", "different different different", says = "a blank text names nobody" },
    { "<000D><000A>", "ana", "different different different", says = "a blank text names nobody" },
  },
}

-- Every spelling of the rows once.
local spellings = {}
do
  local seen = {}
  for _, group in ipairs(groups) do
    for number = 2, #group do
      for column = 1, 2 do
        local text = spelled(group[number][column])
        spellings[#spellings + 1] = not seen[text] and text or nil
        seen[text] = true
      end
    end
  end
end

-- Both keys of each spelling, and whether it names somebody.
local function keyed(rule)
  local list = {}
  for i, text in ipairs(spellings) do
    local nearly, same = core.name_key(text, rule)
    list[i] = { text = text, nearly = nearly, same = same }
  end
  return list
end

local function expected(a, b)
  if not a.nearly or not b.nearly then
    return "different"
  end
  return a.same == b.same and "same" or a.nearly == b.nearly and "nearly" or "different"
end

local function answers(a, b, says)
  local said = {}
  for _, rule in ipairs(rules) do
    local likeness, notice = core.compare(a, b, rule)
    local swapped, other = core.compare(b, a, rule)
    assert.are.equal(likeness, swapped)
    assert.are.equal(says, notice)
    assert.are.equal(says, other)
    said[#said + 1] = likeness
  end
  return table.concat(said, " ")
end

describe("two names", function()
  for _, group in ipairs(groups) do
    for number = 2, #group do
      local row = group[number]
      it(("%s: %s and %s"):format(group[1], row[1], row[2]), function()
        assert.are.equal(row[3], answers(spelled(row[1]), spelled(row[2]), row.says))
      end)
    end
  end

  it("are decoded however often their escapes were escaped, digit by digit", function()
    local deep = "%41"
    for _ = 1, 6 do
      deep = deep:gsub("%x", function(digit) return ("%%%02X"):format(digit:byte()) end)
      assert.are.equal("nearly nearly nearly", answers("Ana", deep .. "na"))
    end
  end)

  it("are compared exactly unless a rule is named", function()
    assert.are.equal("nearly", (core.compare("ana", "ANA")))
    assert.are.equal("nearly", (core.compare("ana", "ANA", nil)))
  end)

  it("may be secrets, of whose letters nothing is said", function()
    local secret = signoff.secret.new "token"
    assert.are.equal("same", (core.compare(secret, "token ", "key")))
    assert.are.equal("different", (core.compare(secret, "other", "key")))
    assert.is_nil(select(2, core.compare(secret, spelled "t<043E>ken", "key")))
    assert.is_false(pcall(core.name_key, secret, "key"))
  end)

  for title, call in pairs {
    ["nil"] = function() core.compare(nil, "ana") end,
    ["nothing"] = function() core.compare "ana" end,
    ["a number"] = function() core.compare("7", 7) end,
    ["a boolean"] = function() core.compare(true, "ana") end,
    ["a table"] = function() core.compare({}, "ana") end,
  } do
    it("are no " .. title, function()
      local fine, message = pcall(call)
      assert.is_false(fine)
      assert.is_truthy(message:find("a name must be a string, not", 1, true))
    end)
  end

  it("are compared by no rule that is unknown", function()
    local fine, message = pcall(core.compare, "a", "b", "loosely")
    assert.is_false(fine)
    assert.is_truthy(message:find("core.compare: rule 'loosely' is none of 'exact', 'folded' and 'key'", 1, true))
    assert.is_false(pcall(core.name_key, "a", "loosely"))
    assert.is_false(pcall(core.name_key, 7))
  end)
end)

describe("of all spellings", function()
  for _, rule in ipairs(rules) do
    it("each two are as their keys say, in both orders: " .. rule, function()
      local list, wrong = keyed(rule), {}
      for _, a in ipairs(list) do
        for _, b in ipairs(list) do
          if core.compare(a.text, b.text, rule) ~= expected(a, b) then
            wrong[#wrong + 1] = a.text .. " and " .. b.text
          end
        end
      end
      assert.are.same({}, wrong)
    end)

    it("those that are the same are nearly the same too: " .. rule, function()
      local nearly_of = {}
      for _, name in ipairs(keyed(rule)) do
        if name.nearly then
          assert.are.equal(nearly_of[name.same] or name.nearly, name.nearly)
          nearly_of[name.same] = name.nearly
        end
      end
    end)

    it("a name is the same as itself, and so are its keys' keys: " .. rule, function()
      for _, name in ipairs(keyed(rule)) do
        assert.are.equal(name.nearly and "same" or "different", (core.compare(name.text, name.text, rule)))
        if name.nearly then
          assert.are.equal(name.nearly, (core.name_key(name.nearly, rule)))
          assert.are_not.equal("different", (core.compare(name.text, name.nearly, rule)))
        end
      end
    end)
  end

  it("what is the same exactly is the same folded", function()
    local exact, folded = keyed "exact", keyed "folded"
    local folded_of = {}
    for i, name in ipairs(exact) do
      if name.same then
        assert.are.equal(folded_of[name.same] or folded[i].same, folded[i].same)
        folded_of[name.same] = folded[i].same
      end
    end
  end)
end)

describe("a long name", function()
  for title, piece in pairs {
    letters = "a", escapes = "%25", nested = "%E2%80%8", expansions = "<FDFA>", marks = "<0301>", blanks = " ", separators = "\\", bytes = "<xFC>",
    zeros = "0",
  } do
    it("is compared to its end: " .. title, function()
      local long = spelled(piece):rep(math.floor(65536 / #spelled(piece)))
      assert.are.equal("same", (core.compare(long .. "x", long .. "x ", "folded")))
      assert.are.equal("nearly", (core.compare(long .. "x", long .. spelled "<200B>x", "folded")))
      assert.are.equal("different", (core.compare(long .. "x", long .. "y", "folded")))
    end)
  end
end)

describe("signoff.names", function()
  it("compares as the facts of a system say", function()
    for kind, said in pairs {
      cisco_em = "folded folded", isymphony = "exact exact", agvance = "exact key", jde_ais = "exact key", oracle_commerce = "exact key",
    } do
      assert.are.equal(said, names.rule(kind) .. " " .. names.rule(kind, "target"))
    end
    assert.are.equal("same", (names.compare("cisco_em", "em@cisco.com", "EM%40cisco.com")))
    assert.are.equal("nearly", (names.compare("isymphony", "ana", "ANA")))
    assert.are.equal("nearly", (names.compare("agvance", "ana", "ana@corp.example")))
    assert.are.equal("different", (names.compare("agvance", "ana", "ana@corp.example", "target")))
  end)

  it("has an index that finds the same, then what is nearly the same", function()
    local index = names.index "folded"
    assert.is_nil((index:add("rita@corp.example", "first")))
    assert.are.same({ "nearly", "first" }, { index:add("rita", "second") })
    assert.are.same({ "same", "second" }, { index:add("RITA ", "third") })
    assert.are.same({ "same", "first" }, { index:find "RITA%40corp.example" })
    assert.are.same({ "same", "second" }, { index:find "Rita" })
    assert.are.same({ "nearly", "first" }, { index:find "CORP\\rita" })
    assert.are.same({ "first", "second" }, index:all "CORP\\rita")
    assert.is_nil(index:find "ana")
    assert.are.same({}, index:all "ana")
  end)

  it("has an index that keeps the name itself, and any other entry", function()
    local index = names.index "exact"
    index:add "ana"
    index:add("rita", false)
    assert.are.same({ "nearly", "ana" }, { index:find "ANA" })
    assert.are.same({ "same", false }, { index:find "rita" })
  end)

  it("has an index that takes in nothing blank", function()
    local index = names.index "exact"
    for _, blank in ipairs { "", " ", spelled "<00A0>", spelled "<200B>", "%20" } do
      assert.is_nil(index:add(blank, "nobody"))
      assert.is_nil(index:find(blank))
      assert.are.same({}, index:all(blank))
    end
    assert.is_false(pcall(index.find, index, nil))
    assert.is_false(pcall(index.add, index, 7))
  end)

  it("has an index that says what comparing one by one says", function()
    for _, rule in ipairs(rules) do
      local index = names.index(rule)
      for _, text in ipairs(spellings) do
        index:add(text)
      end
      for _, text in ipairs(spellings) do
        local likeness, found = index:find(text)
        assert.are.equal(core.name_key(text, rule) and "same" or nil, likeness)
        assert.is_true(likeness == nil or core.compare(text, found, rule) == "same")
      end
    end
  end)
end)
