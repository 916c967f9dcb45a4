-- SPDX-License-Identifier: MIT
-- Locales that hosts set, made in build/ by localedef when first asked for: no machine has all of them.

local child = require "spec.support.child"
local peer = require "spec.support.peer"

local locales = {}

-- Name, the source and the charset that it is made of. `only`: Lua 5.x itself reads no program where the decimal point is more
-- than one byte.
locales.list = {
  { name = "de_DE.UTF-8", source = "de_DE", charset = "UTF-8" },
  { name = "tr_TR.UTF-8", source = "tr_TR", charset = "UTF-8" },
  { name = "tr_TR.ISO-8859-9", source = "tr_TR", charset = "ISO-8859-9" },
  { name = "ps_AF.UTF-8", source = "ps_AF", charset = "UTF-8", only = "luajit" },
}

local folder = peer.output_of "pwd" .. "/build/locales"

-- Whole, or not there: another interpreter's specs may make the same one.
local make = [[
  mkdir -p %s && cd %s && [ -d %s ] && exit
  made=$(mktemp -d ./making.XXXXXX) && timeout 300 localedef --no-archive -i %s -f %s "$made/it" 2>&1 && mv -T "$made/it" %s 2>&1
  rm -rf "$made"; [ -d %s ] || echo "no locale"]]

local function made(locale)
  local name = locale.name
  local output = peer.output_of(make:format(folder, folder, name, locale.source, locale.charset, name, name))
  assert(not output:find "no locale", output)
end

--- Runs a command of the shell in a host that sets that locale "before", "after" or in the "middle"; gives what it printed.
function locales.run(locale, when, command)
  made(locale)
  return peer.output_of(("LOCPATH=%s IN_LOCALE=%s WHEN=%s timeout 1200 %s 2>&1"):format(folder, locale.name, when, command))
end

--- Whether this interpreter can work in a locale.
function locales.fits(locale)
  return not locale.only or locale.only == child.interpreter
end

return locales
