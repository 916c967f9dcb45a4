-- SPDX-License-Identifier: MIT

--- Tokens as people copy them: with a word, a name or quotes around, which no system takes.
-- @module signoff.token_problem

local core = require "signoff.core"

local schemes = { bearer = "Bearer", basic = "Basic", digest = "Digest", jwt = "JWT", oauth = "OAuth", negotiate = "Negotiate" }

-- Patterns of the token in small letters, and what is said of it.
local NAME, HEADER = "has the token's name before it; give the token alone", "has a header's name before the token; give the token alone"
local REPLY = "is no token, but what a system sent with it; give the token alone"
local QUOTES = "stands in quotes, which are no part of the token; give it without them"
local rows = {
  { "^\239\187\191", "begins with a byte order mark, which is no part of the token; give it without" },
  { "^access_?token[ \t]*[=:]", NAME }, { "^token[ \t]*[=:]", NAME }, { "^token[ \t]", NAME },
  { "^authorization[ \t]*[=:]", HEADER }, { "^authorization[ \t]", HEADER }, { "^[a-z][a-z-]*[ \t]*:[ \t]", HEADER },
  { "^\\?[\"'`].*[\"'`],?$", QUOTES }, { "^\226\128[\152-\159].*\226\128[\152-\159]$", QUOTES },
  { "^{.*[\"':]", REPLY }, { "^%[[ \t]*[\"'{]", REPLY }, { "^<[a-z?!]", REPLY }, -- but GUIDs may stand in braces
}

--- What stands around a token and is no part of it.
-- @tparam string|secret token
-- @treturn ?string the end of a sentence, without the token; nil where nothing does
return function(token)
  local folded = core.lower(core.bytes(token))
  local scheme = schemes[folded:match "^([a-z]+)[ \t:]" or folded]
  if scheme then
    return ("has '%s' before the token, which is no part of it; give the token alone"):format(scheme)
  end
  for _, row in ipairs(rows) do
    if folded:find(row[1]) then
      return row[2]
    end
  end
end
