-- SPDX-License-Identifier: MIT
-- Plans and journals of older formats (spec/data/formats): reading takes them, a run refuses them with the
-- reason, and sends nothing.

local files = require "spec.support.files"
local leaver = require "spec.support.leaver"
local offboard = require "signoff.offboard"
local peer = require "spec.support.peer"
local signoff = require "signoff"
local simulated = require "spec.support.simulated"

local FOLDER = "spec/data/formats/1/"
local WHY = "of an older signoff"

-- A copy that may be written to.
local function copy(name)
  local path = peer.directory() .. "/" .. name
  peer.write_file(path, files.read(FOLDER .. name))
  os.execute("chmod 600 " .. path)
  return path
end

local function systems()
  local url = "https://systems.example"
  return {
    cisco_em = { client = signoff.cisco_em { url = url .. "/emservice/EMServiceServlet", app_id = "a", app_certificate = "b" } },
    isymphony = { client = signoff.isymphony { url = url, username = "u", password = "p" }, status = { name = "Gone home", type = "unavailable" } },
    agvance = { client = signoff.agvance { url = url, headers = { key = "k" } } },
    oracle_commerce = { client = signoff.oracle_commerce { url = url } }, jde_ais = { client = signoff.jde_ais { url = url } },
  }
end

local function refused(result, message)
  assert.is_nil(result)
  assert.is_truthy(message:find(WHY, 1, true), message)
  assert.are.equal(0, #simulated.journal())
end

describe("a plan of an older format", function()
  before_each(leaver.arrive)
  after_each(peer.stop_all)

  it("is read and shown, and not applied", function()
    local plan = assert(offboard.load(copy "plan"))
    assert.are.equal(13, #plan.items)
    assert.is_truthy(tostring(plan):find("carla.rossi", 1, true))
    refused(plan:fits(systems()))
    refused(offboard.apply(plan, systems(), { journal = false, people = {} }))
  end)
end)

describe("a journal of an older format", function()
  before_each(leaver.arrive)
  after_each(peer.stop_all)

  for name, wanted in pairs { journal = { "ended", 9, 51 }, ["journal-interrupted"] = { "begun", 7, 22 } } do
    it(name .. ": is checked and reported, and not gone on with or undone", function()
      local path = copy(name)
      assert.are.equal(wanted[3], assert(offboard.check(path)).lines)
      local result = assert(require("signoff.json").decode((assert(offboard.report(path, { format = "json" })))))
      assert.are.equal(wanted[2], result.totals[wanted[1]])
      assert.are.equal(name == "journal" and 0 or 5, result.totals.pending)
      refused(offboard.resume(path, systems(), { people = {} }))
      if name == "journal" then
        refused(offboard.undo(path, systems(), {}))
      end
    end)
  end
end)
