-- SPDX-License-Identifier: MIT
-- A helper of busted, on host.c: at every allocation the collector does a step, and each collection runs a finalizer. LIFETIME in the
-- environment says what it does: "work" with objects of its own, which must disturb nobody; or "close" every client, secret, journal,
-- engine and channel of the specs, of which hardly one then passes: what counts is that nothing is touched that is not there any more.

-- Of the collector's steps: 5.4 takes what was allocated times this, 5.1 this alone.
local MULTIPLIER = _VERSION == "Lua 5.1" and 800 or 40

local mode = assert(os.getenv "LIFETIME")
local held = mode == "close" and dofile "spec/proofs/lifetime/held.lua"
local actions = dofile "spec/proofs/lifetime/actions.lua"

require "busted".subscribe({ "suite", "end" }, function()
  print(("    specs, finalizers that %s: %d collections on %s"):format(mode, collector.collections(), _VERSION))
  return nil, true
end)

collector.step(MULTIPLIER, held and held.close or actions.work)
