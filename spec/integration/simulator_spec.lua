-- SPDX-License-Identifier: MIT
-- The simulator's own powers: spoiled replies, spellings, moves, nodes, and the log of the truth, which the other specs believe.

local peer = require "spec.support.peer"
local simulated = require "spec.support.simulated"

local simulator = simulated.simulator

-- Status, head and body of what stands at that path.
local function get(path, headers)
  local parts = {}
  for name, value in pairs(headers or {}) do
    parts[#parts + 1] = ("-H '%s: %s'"):format(name, value)
  end
  local text = peer.output_of((peer.CURL .. " -si --max-time 20 %s '%s%s'; echo ."):format(table.concat(parts, " "), simulator.http, path))
  local head, body = text:match "^(.-)\r\n\r\n(.*)%.$"
  return tonumber(head:match "^HTTP/1.1 (%d+)"), head, body
end

local function sessions()
  return get("/ApiUser", simulated.headers)
end

local function phones(...)
  return simulated.client("cisco_em"):query_devices { ... }
end

local function validate(path, cookie)
  return get(path .. "/jderest/v2/orchestrator/jde-validate-session", { ["jde-AIS-Auth"] = "T1", ["jde-AIS-Auth-Device"] = "D", Cookie = cookie })
end

local OWN = { session_log_key = "OWN", user = "api", session_id = "session-own" }
local GONE = { agvance = { sessions = { { session_log_key = "K1", removed = true } } } }

describe("the simulator", function()
  before_each(function()
    simulator.reset()
    simulator.people {
      agvance = { sessions = { OWN, { session_log_key = "K1", user = "ana" } } },
      cisco_em = { devices = { { name = "SEP1", user = "ana" }, { name = "SEP2" } }, users = { { name = "ana" }, { name = "bob" } } },
      jde_ais = { sessions = { { token = "T1", user = "ANA", device = "D", node = 2 } } },
    }
  end)

  teardown(simulated.reset)

  -- `shows`: what stands in the reply; `hides`: what does not. All are worked out from a moment without K1.
  for _, row in ipairs {
    { "age", shows = "\r\nAge: 60", hides = "K1" }, { "warning", shows = "Warning: 110", hides = "K1" },
    { "x_cache", shows = "X%-Cache: HIT", hides = "K1" }, { "status_203", shows = "^HTTP/1.1 203", hides = "K1" },
    { "error_beside", shows = '"ExceptionMessage":', hides = "K1" }, { "count", shows = '"Count":"2"', hides = "K1" },
    { "silent", shows = '"Count":"1"', hides = "K1" },
    { "keyless", truly = true, shows = '"SessionLogKey":null', hides = "K1" }, { "key_blank", truly = true, shows = '"SessionLogKey":""', hides = "K1" },
    { "key_number", truly = true, shows = '"SessionLogKey":17', hides = "K1" },
    { "userless", truly = true, shows = '"UseriD":null', hides = '"ana"' }, { "doubled", truly = true, shows = "K1.*K1" },
    { "two_users", truly = true, shows = '"ana".*"K1".*"somebody.else"' }, { "two_keys", truly = true, shows = '"K1".*"OTHER"' },
    { "other_login", truly = true, shows = '"Count":"0"', hides = "K1" },
  } do
    it("spoils a list: " .. row[1], function()
      simulator.faults { { system = "agvance", fault = "spoiled", how = row[1], row = "K1", was = not row.truly and GONE or nil } }
      local _, head, body = sessions()
      assert.matches(row.shows, head .. body)
      assert.is_nil(row.hides and body:find(row.hides, 1, true))
      simulator.clear_faults()
      assert.matches("K1", select(3, sessions())) -- nothing happened in truth
    end)
  end

  it("spoils no reply that cannot bear the mark", function()
    simulator.faults { { system = "jde_ais", fault = "spoiled", how = "status_203", was = { jde_ais = { sessions = { { token = "T1", removed = true } } } } } }
    assert.same({ 200, '{"isValidSession":true}' }, { (validate ""), (select(3, validate "")) }) -- a 444 would be none any more
    simulator.settings("jde_ais", { invalid_on_validate = "flag" })
    assert.same({ 203, '{"isValidSession":false}' }, { (validate ""), (select(3, validate "")) })
  end)

  it("fails one entry of a query, and not the others", function()
    simulator.faults { { system = "cisco_em", operation = "query_devices", fault = "spoiled", how = "row_failed", row = "sep1" } }
    local found = phones("SEP1", "SEP2")
    assert.same({ "unknown", false, "free", true }, { found[1].state, found[1].whole, found[2].state, found[2].whole })
    simulator.faults { { system = "cisco_em", operation = "query_users", fault = "spoiled", how = "row_failed", row = "bob" } }
    found = simulated.client("cisco_em"):query_users { "ana", "bob" }
    assert.same({ "logged_in", "unknown" }, { found[1].state, found[2].state })
  end)

  it("spells users as it is told, for ever or once", function()
    for how, wanted in pairs {
      plain = "josé", upper = "JOSÉ", percent = "%6a%6f%73%c3%a9", domain = "josé@corp.example", backslash = "CORP\\\\josé", nfd = "jose\204\129",
      blank = "josé ", newline = "josé\\n", nbsp = "josé\194\160", zero_width = "j\226\128\139osé",
    } do
      simulator.add { agvance = { sessions = { { session_log_key = "K2", user = "josé" } }, settings = { spelling = how } } }
      assert.is_truthy(select(3, sessions()):find('"' .. wanted .. '"', 1, true), how)
    end
    simulator.faults { { system = "cisco_em", fault = "spelled", how = "upper", times = 1 } }
    assert.same({ "ANA", "ana" }, { phones("SEP1")[1].user, phones("SEP1")[1].user })
  end)

  it("sends EM's replies in the charset and with the lines that it is told", function()
    for _, settings in ipairs { { charset = "iso-8859-1" }, { leading_lines = true }, { charset = "iso-8859-1", leading_lines = true, prologue = "always" } } do
      settings.percent_encode = false
      simulator.add { cisco_em = { devices = { { name = "SEP1", user = "jos\195\169 \226\130\172 \240\159\152\128", last_user = "m\195\188" } }, settings = settings } }
      assert.same({ "jos\195\169 \226\130\172 \240\159\152\128", "m\195\188" }, { phones("SEP1")[1].user, phones("SEP1")[1].last_user })
    end
  end)

  -- A note comes back in the form that the server keeps; only what means something else is another status.
  for form, row in pairs {
    kept = { " a\r\nb & c ", " a\r\nb & c ", "status_set" }, trimmed = { "home ", "home", "status_set" }, lf = { "a\r\nb", "a\nb", "status_set" },
    cut = { "back on Monday, at nine", "back on Monday, ", "failed" }, escaped = { "R&D <at home>", "R&amp;D &lt;at home>", "failed" },
  } do
    it("keeps notes as it is told: " .. form, function()
      simulator.settings("isymphony", { note_form = form })
      local wanted = { name = "Gone home", type = "unavailable", note = row[1] }
      local result = simulated.client("isymphony"):signout("ana.silva", { status = wanted, settle = 0.05, deadline = 2, schedule = { 0.05 } })
      assert.equal(row[2], simulated.row("isymphony", "users", "user_name", "ana.silva").status.note)
      assert.equal(row[3], result.verdict)
      assert.is_true(row[3] == "status_set" or simulated.mentions(result.message, "note"))
    end)
  end

  it("has somebody in between who refuses in words of its own", function()
    for form, wanted in pairs { text = "Forbidden\n", json = '{"message":"Forbidden"}', empty = "", page = "<html><body><h1>Forbidden</h1></body></html>\n" } do
      simulator.faults { { fault = "gateway", form = form } }
      local status, _, body = sessions()
      assert.same({ 403, wanted }, { status, body })
    end
  end)

  it("lets people move around a request, and at a moment", function()
    simulator.moves {
      { system = "cisco_em", operation = "query_devices", after = 1, when = "before", people = { cisco_em = { devices = { { name = "SEP1", user = "bob" } } } } },
      { at = 5, people = { cisco_em = { devices = { { name = "SEP2", user = "ana" } } } } },
    }
    assert.equal("ana", phones("SEP1")[1].user)
    assert.equal("bob", phones("SEP1")[1].user)
    assert.equal("free", phones("SEP2")[1].state)
    simulator.advance(5)
    assert.equal("ana", phones("SEP2")[1].user)
    assert.is_true(simulator.read_moves()[1].done)
    for _, key in ipairs { "SEP9", "SEP2" } do
      simulator.moves { { at = 0, requires = { system = "cisco_em", list = "devices", key = key }, people = { cisco_em = { devices = { { name = "SEP2", user = "bob" } } } } } }
      assert.equal(key == "SEP2" and "bob" or "ana", phones("SEP2")[1].user)
    end
  end)

  it("has nodes, and a balancer whose cookie keeps a caller at one", function()
    simulator.settings("jde_ais", { nodes = 2, invalid_on_validate = "flag" })
    local _, head, body = validate ""
    assert.matches("false", body)
    assert.matches("false", select(3, validate("", head:match "Set%-Cookie: (JSESSIONID=[%d.]+)")))
    assert.matches("true", select(3, validate "")) -- one after the other
    assert.matches("true", select(3, validate "/node2"))
    assert.matches("false", select(3, validate "/node1"))
  end)

  it("dates its replies by its own clock", function()
    local day = select(2, sessions()):match "Date: %a+, (%d+)"
    simulator.advance(86400)
    assert.not_equal(day, select(2, sessions()):match "Date: %a+, (%d+)")
  end)

  it("logs the truth: who was where, what was asked, and what went wrong on purpose", function()
    simulator.truth_options { enabled = true }
    simulator.faults { { system = "cisco_em", operation = "logout", fault = "close", act = true } }
    simulator.moves { { system = "cisco_em", operation = "logout", people = { cisco_em = { devices = { { name = "SEP1", user = "bob" } } } } } }
    simulated.client("cisco_em"):logout "SEP1"
    local told = {}
    for _, entry in ipairs(simulator.truth()) do
      if entry.event == "state" and entry.target == "sep1" then
        told[#told + 1] = entry.by .. " " .. tostring(entry.is.who)
      elseif entry.event ~= "state" then
        told[#told + 1] = table.concat({ entry.event, entry.operation or tostring(entry.acted), entry.fault }, " ")
      end
    end
    assert.same({ "start ana", "received logout", "request nil", "answered true close", "move bob" }, told)
  end)

  it("drops at a reset what is still on its way", function()
    simulator.faults { { system = "agvance", operation = "logout", fault = "slow", seconds = 0.3 } }
    local output = os.tmpname()
    os.execute(("{ " .. peer.CURL .. " -s -H 'X-Api-Key: agvance-key' -H 'X-Database-Id: agvance-database' -H 'X-Session-Id: session-own' "
      .. "-H 'Content-Type: application/json' -d '[{\"SessionLogKey\":\"K1\"}]' %s/ApiUser/LogOff; echo end; } > %s &"):format(simulator.http, output))
    peer.wait_for("the logout", function()
      return (simulator.counters().systems.agvance or {}).in_flight == 1
    end)
    simulator.world { people = { agvance = { sessions = { OWN, { session_log_key = "K1", user = "ana" } } } } }
    peer.wait_for("its end", function()
      return peer.read_file(output) == "end\n"
    end)
    os.remove(output)
    assert.matches("K1", select(3, sessions()))
  end)

  it("knows no fault, move or mark that makes no sense", function()
    for _, fault in ipairs {
      { fault = "spoiled", how = "age" }, { system = "agvance", fault = "spoiled", how = "nameless" }, { system = "isymphony", fault = "spelled", how = "upper" },
      { system = "agvance", fault = "spelled", how = "backwards" }, { system = "agvance", fault = "spoiled", how = "age", was = { mail = {} } },
    } do
      assert.has_error(function() simulator.faults { fault } end)
    end
    assert.has_error(function() simulator.moves { { at = 1 } } end)
    assert.has_error(function() simulator.moves { { at = 1, people = {}, requires = { system = "cisco_em", list = "phones", key = "SEP1" } } } end)
    assert.has_error(function() simulator.moves { { at = 1, people = { cisco_em = { phones = {} } } } } end)
  end)
end)
