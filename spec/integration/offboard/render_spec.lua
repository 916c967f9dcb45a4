-- SPDX-License-Identifier: MIT
-- A plan as its approver reads it.

local render = require "signoff.offboard.plan.render"

local function system(changes)
  local made = { name = "em", kind = "cisco_em", host = "https://ucm.example:8443", concurrency = 2, per_minute = 60, changes = 2, seconds = 1 }
  for member, value in pairs(changes or {}) do
    made[member] = value
  end
  return made
end

local function item(changes)
  local made = { n = 1, person = "ana", system = "em", action = "logout", target = "SEP1", device = "SEP1" }
  for member, value in pairs(changes or {}) do
    made[member] = value
  end
  return made
end

local function text_of(items, systems, changes)
  local plan = { created = 1763790000, people = 12, items = items, systems = systems or { system() }, protect = {}, digest = "sha256:0" }
  for member, value in pairs(changes or {}) do
    plan[member] = value
  end
  return render(plan)
end

-- Raises unless the text has this line.
local function check_line(text, line)
  assert(("\n" .. text):find("\n" .. line .. "\n", 1, true), text)
end

describe("the text of a plan", function()
  it("says whose it is, and that nothing was done", function()
    local text = text_of({ item() }, nil, { operator = "op", host = "admin01", ticket = "CHG-7", people_path = "leavers.csv" })
    check_line(text, "Plan of " .. require("signoff.offboard.time").shown(1763790000) .. " by op on admin01, ticket CHG-7")
    check_line(text, "12 people of leavers.csv")
    check_line(text, "Digest sha256:0")
    check_line(text, "In all 1 target: 1 to do")
    check_line(text, "Pacing alone takes 1 s. Nothing has been changed yet.")
  end)

  it("says of each system how it is treated", function()
    local text = text_of({ item() }, { system { after = { "jde", "oracle" } }, system { name = "x", unlisted = true }, system { name = "y" } })
    check_line(text, "em  https://ucm.example:8443")
    check_line(text, "  sign out 1 target with 2 requests, after jde and oracle; at most 2 at once, 60 a minute: at least 1 s")
    check_line(text, "  nobody: the list has no column for it")
    check_line(text, "  nobody")
    local panel = { name = "panel", kind = "isymphony", host = "https://panel.example", concurrency = 8, changes = 1,
      status = { name = "Gone home", type = "unavailable" } }
    check_line(text_of({ item { system = "panel" } }, { panel }),
      "  set the status 'Gone home' (unavailable) of 1 target with 1 request; at most 8 at once, not paced")
  end)

  local lines = {
    { "     ana  SEP1  in use by ana", { occupant = "ana" } },
    { "     ana  SEP1", {} },
    { "     ana  user:ana  at SEP1, SEP2", { target = "user:ana", found = { "SEP1", "SEP2" } } },
    { "     ana  SEP1  out already: nobody is logged in there", { outlook = "already_out", message = "nobody is logged in there" } },
    { "!    ana  SEP1  left alone: eva sits there, not ana", { outlook = "skipped", message = "eva sits there, not ana" } },
    { "!    ana  SEP1  will fail: unknown device", { outlook = "failed", message = "unknown device" } },
    { "!    ana  SEP1  nobody looked: down", { outlook = "unknown", message = "nobody looked: down" } },
    { "!    ana  ?  we hold no key: by hand", { target = "?", verdict = "no_token" } },
    { "-    ana  SEP1  protected: left alone (in use by ceo)", { verdict = "skipped", protected = true, occupant = "ceo" } },
    { "     ana  (asked at apply)", { target = "(asked at apply)", late = true } },
  }
  for _, case in ipairs(lines) do
    it("has a line such as" .. case[1]:gsub("^.%s+", " "), function()
      check_line(text_of { item(case[2]) }, (case[1]:gsub("^(.)    ", "%1   ")))
    end)
  end

  it("points at a phone that somebody else uses, where names can be compared", function()
    local text = text_of { item { occupant = "ana" }, item { person = "ben", target = "SEP2", occupant = "eva" } }
    check_line(text, "!   ben  SEP2  in use by eva")
    check_line(text, "Lines that begin with ! (1) want a look before this is approved.")
    text = text_of { item { occupant = "asilva" }, item { person = "ben", target = "SEP2", occupant = "bokafor" } }
    check_line(text, "    ben  SEP2  in use by bokafor")
    assert.is_nil(text:find("want a look", 1, true))
  end)

  it("marks phones that are protected", function()
    check_line(text_of({ item { target = "user:ana", found = { "SEP1", "SEP2" } } }, nil, { protect = { "sep2" } }),
      "    ana  user:ana  at SEP1, SEP2 (protected: left alone)")
  end)

  it("sums up", function()
    local text = text_of {
      item(), item(), item { outlook = "already_out", message = "x" }, item { protected = true, verdict = "skipped" },
      item { verdict = "no_token" }, item { outlook = "failed", message = "x" }, item { outlook = "skipped", message = "x" },
      item { outlook = "unknown", message = "x" },
    }
    check_line(text, "In all 8 targets: 2 to do, 1 out already, 1 protected, 1 left alone, 1 will fail, 1 not known, 1 without a key")
  end)

  it("takes as long as the systems that wait for each other", function()
    local text = text_of({}, { system { seconds = 100 }, system { name = "b", after = { "em" }, seconds = 9860 }, system { name = "c", seconds = 7 } })
    assert(text:find("Pacing alone takes 2 h 46 min.", 1, true), text)
  end)

  it("never steers a terminal", function()
    local text = text_of({ item { person = "a\27[2Jna", target = "S\r\n\194\1551", occupant = "\0x", outlook = nil } }, nil,
      { operator = "\7", people_path = "a\nb", ticket = "\127" })
    assert.is_nil(text:gsub("\n", ""):find "%c")
    assert.is_nil(text:find("\194\155", 1, true))
  end)

  it("is aligned in characters, not in bytes", function()
    local text = text_of { item { person = "Zo\195\171", occupant = "x" }, item { person = "Anna", occupant = "x" } }
    check_line(text, "    Zo\195\171   SEP1  in use by x")
    check_line(text, "    Anna  SEP1  in use by x")
  end)
end)
