-- SPDX-License-Identifier: MIT

--- Texts as HTML. Nothing that a list or a system said becomes markup, and nothing of it is invisible.
-- @module signoff.offboard.report.markup

local core = require "signoff.core"
local Text = require "signoff.text"
local time = require "signoff.offboard.time"
local verdicts = require "signoff.signout.verdict"

local markup = {}

local entities = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;", ["'"] = "&#39;" }

--- A value as it may stand between tags, and in an attribute between quotation marks.
-- @param value anything; nil is ""
-- @treturn string
function markup.text(value)
  return (Text.clean(value):gsub("[&<>\"']", entities))
end

--- The name of a file as a link from a page beside it.
-- @tparam string path
-- @treturn string for an attribute between quotation marks
function markup.link(path)
  local name = path:match "[^/]*$"
  return "./" .. name:gsub("[^A-Za-z0-9._~-]", function(byte)
    return ("%%%02X"):format(byte:byte())
  end)
end

local KEPT = 1000 -- of times, since many things are seen in one second

local times, kept = {}, 0

--- A time with its offset; a page has one for each thing that was seen.
-- @tparam ?number at Unix seconds
-- @treturn string "?" where there is none
function markup.time(at)
  local second = type(at) == "number" and math.floor(at)
  if not second then
    return "?"
  elseif not times[second] then
    if kept == KEPT then
      times, kept = {}, 0
    end
    local shown = time.shown(at)
    times[second], kept = shown == "?" and shown or ("<time>%s</time>"):format(shown), kept + 1
  end
  return times[second]
end

--- Forgets the times of earlier pages: the zone may be another one.
function markup.begin()
  times, kept = {}, 0
end

local classes = { good = "g", bad = "b", unsure = "u", aside = "a", later = "l" }

--- The class of a verdict, which gives it its shape and its colour.
function markup.class(verdict)
  return classes[verdicts.colour(verdict)]
end

--- A verdict, or what says more of it, with its shape.
-- @tparam string verdict
-- @tparam[opt] string words
function markup.verdict(verdict, words)
  return ("<b class=%s>%s</b>"):format(markup.class(verdict), markup.text(words or verdict))
end

local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

--- The hash of a style or a script, as a Content-Security-Policy names it: SHA-256 in Base64.
-- @tparam string text
-- @treturn string
function markup.hash(text)
  local digest, pieces = core.sha256(text) .. "00", {} -- 33 bytes, of which the last one is filling
  for i = 1, #digest, 6 do
    local bits = tonumber(digest:sub(i, i + 5), 16)
    for place = 3, 0, -1 do
      local index = math.floor(bits / 64 ^ place) % 64 + 1
      pieces[#pieces + 1] = alphabet:sub(index, index)
    end
  end
  return ("sha256-%s="):format(table.concat(pieces, "", 1, #pieces - 1))
end

return markup
