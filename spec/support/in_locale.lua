-- SPDX-License-Identifier: MIT
-- A host that sets its locale: for busted's option --helper, and for scripts. IN_LOCALE names the locale, WHEN says when it is
-- set: "before" signoff is loaded, "after", or in the "middle" of all that it does, back and forth.

local name, when = os.getenv "IN_LOCALE", os.getenv "WHEN"

local function set()
  assert(os.setlocale(name), "there is no locale " .. name)
end

-- Runs `f` in the locale C.
local function plainly(f)
  return function(...)
    local now = os.setlocale()
    os.setlocale "C"
    local made = f(...)
    os.setlocale(now)
    return made
  end
end

-- lua-cjson reads in the locale alone that it was loaded in. The specs and the simulator's control use it besides us.
local function spare(cjson)
  for _, called in ipairs { "encode", "decode" } do
    cjson[called] = plainly(cjson[called])
  end
  local new = plainly(cjson.new)
  function cjson.new()
    return spare(new())
  end
  return cjson
end

-- The functions that plans, runs and journals call all the time.
local passed = { "carry", "step", "time", "now", "sha256", "utf8" }

local function in_the_middle(core)
  local there = false
  for _, called in ipairs(passed) do
    local f = core[called]
    core[called] = function(...)
      there = not there
      os.setlocale(there and name or "C")
      return f(...)
    end
  end
end

if when == "before" then
  set()
  return
end
local core = require "signoff.core"
require "signoff.offboard"
spare(require "cjson")
spare(require "cjson.safe")
if when == "after" then
  set()
else
  in_the_middle(core)
end
