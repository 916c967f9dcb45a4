-- SPDX-License-Identifier: MIT
--- The people of made worlds, and how lists and directories spell them.

local names = {}

names.leavers = { "ana.silva", "ben.okafor", "jos\195\169.lima", "maria ines" }
names.protected = "rita.stone"

-- Others who may sit down anywhere: some are called nearly the same as a leaver, and are somebody else.
names.others = { "new.comer", "ana.silva@branch.example", "jose.lima", "BRANCH\\ben.okafor", "lea.ver" }

local ACCENTS = { ["\195\169"] = { upper = "\195\137", nfd = "e\204\129" } }

local function accents(text, how)
  return (text:gsub("[\194-\223][\128-\191]", function(char) return ACCENTS[char] and ACCENTS[char][how] end))
end

local SPELLINGS = {
  upper = function(name) return accents(name:upper(), "upper") end,
  domain = function(name) return name .. "@corp.example" end,
  backslash = function(name) return "CORP\\" .. name end,
  percent = function(name) return (name:gsub("^.", function(byte) return ("%%%02X"):format(byte:byte()) end)) end,
  nbsp = function(name) return name .. "\194\160" end,
  zero_width = function(name) return name:sub(1, 1) .. "\226\128\139" .. name:sub(2) end,
  nfd = function(name) return accents(name, "nfd") end,
  plus = function(name) return (name:gsub(" ", "+")) end,
}

--- How a list may spell somebody.
names.spellings = { "upper", "domain", "backslash", "percent", "nbsp", "zero_width", "nfd", "plus" }

function names.spell(name, how)
  return SPELLINGS[how](name)
end

-- How a key comes to a list: through word processors, spreadsheets and mails.
local MANGLED = {
  nbsp = function(key) return key .. "\194\160" end,
  dash = function(key) return (key:gsub("%-", "\226\128\147")) end,
  hyphen = function(key) return (key:gsub("%-", "\226\128\145")) end,
  zero_width = function(key) return key:sub(1, 2) .. "\226\128\139" .. key:sub(3) end,
  zeros = function(key) return (key:gsub("^0+", "")) end,
  lower = string.lower,
  bom = function(key) return "\239\187\191" .. key end,
}

names.manglings = { "nbsp", "dash", "hyphen", "zero_width", "zeros", "lower", "bom" }

function names.mangle(key, how)
  return MANGLED[how](key)
end

return names
