-- SPDX-License-Identifier: MIT
-- What the module has is documented, for people (README.md and docs/) and for editors (lua/signoff/types.lua); the examples and the
-- pieces of Lua in the pages run. docs/api.md is written from the types, so it counts for nothing here.

local core = require "signoff.core"
local signoff = require "signoff"
local blocks = require "spec.support.page".blocks
local files = require "spec.support.files"
local peer = require "spec.support.peer"

local types = files.read "lua/signoff/types.lua"

-- The pages that people read, by name: "README", "proof", "systems/agvance".
local pages = { README = files.read "README.md" }
for path in peer.output_of("find docs -name '*.md' ! -name api.md"):gmatch "%S+" do
  pages[path:match "^docs/(.*)%.md$"] = files.read(path)
end

local function has_word(text, word)
  return text:find("%f[%w_]" .. word:gsub("%p", "%%%0") .. "%f[^%w_]") ~= nil
end

-- Words as code: inside `...`.
local function code_of(text)
  local pieces = {}
  for piece in text:gsub("```.-```", ""):gmatch "`([^`\n]+)`" do
    pieces[#pieces + 1] = piece
  end
  return table.concat(pieces, "\n")
end

local function all_pages()
  local texts = {}
  for _, text in pairs(pages) do
    texts[#texts + 1] = text
  end
  return table.concat(texts, "\n")
end

-- A system's page, and its rows in the tables of other pages.
local function about(kind)
  local rows, inside = {}, false
  for line in (pages.operations .. pages.options):gmatch "[^\n]+" do
    local client = line:match "^| `([%w_]+)` |"
    if client or not line:match "^| |" then
      inside = client == kind
    end
    if inside then
      rows[#rows + 1] = line
    end
  end
  return code_of(table.concat(rows, "\n") .. assert(pages["systems/" .. kind], kind .. " has no page"))
end

-- Fields of a class of types.lua, those that it inherits included.
local function fields_of(class)
  local from, to = types:find("\n%-%-%-@class " .. class:gsub("%p", "%%%0") .. "%f[^%w_.]")
  assert(from, "types.lua has no class " .. class)
  local fields, head = {}, types:match("^[^\n]*", to + 1)
  for parent in head:gmatch "signoff[%w_.]*" do
    for name in pairs(fields_of(parent)) do
      fields[name] = true
    end
  end
  for line in types:sub(to + 1):gsub("^[^\n]*\n", ""):gmatch "([^\n]*)\n" do
    local name = line:match "^%-%-%-@field ([%w_]+)"
    if not name then
      break
    end
    fields[name] = true
  end
  return fields
end

-- A system's part of types.lua: its own classes, and its methods with their comments.
local function types_of(kind)
  local parts = {}
  for block in (types .. "\n\n"):gmatch "(.-)\n\n" do
    if block:find("signoff." .. kind .. ".", 1, true) or block:find("function " .. kind .. ":", 1, true) then
      parts[#parts + 1] = block
    end
  end
  return table.concat(parts, "\n")
end

local function public_operations(facts)
  local operations = {}
  for name, operation in pairs(facts.operations) do
    operations[name] = not operation.internal and operation or nil
  end
  return operations
end

local function missing_from(text, words)
  local missing = {}
  for word in pairs(words) do
    if not has_word(text, word) then
      missing[#missing + 1] = word
    end
  end
  table.sort(missing)
  return missing
end

local function names(list, into)
  for _, item in ipairs(list) do
    into[type(item) == "table" and item.name or item] = true
  end
  return into
end

local any_facts = select(2, next(core.facts))

-- Closed sets that all systems share. The codes are those of src/core/error.c.
local codes, verdicts, said, scopes, states = {}, {}, {}, {}, {}
for _, set in ipairs {
  { codes, "unreachable timeout tls denied rejected not_found busy server unusable unsupported cancelled nomem" },
  { verdicts, "ended already_out status_set still_active unverified unknown no_token unsupported failed skipped" },
  { said, "accepted already_out undecided" },
  { scopes, "client target" },
  { states, "logged_in free no_device no_user unknown" },
} do
  for word in set[2]:gmatch "%S+" do
    set[1][word] = true
  end
end

describe("the documentation", function()
  it("has every code of the module's own", function()
    local source = files.read "src/core/error.c"
    local found = 0
    for code in source:gmatch '%] = {"([%l_]+)"' do
      assert.is_true(codes[code], code)
      found = found + 1
    end
    assert.are.equal(12, found)
  end)

  it("says of every code what it means and what to do", function()
    for code in pairs(codes) do
      local meaning, todo = pages["answers-and-errors"]:match("\n| `" .. code .. "` | ([^|]+) | ([^|]+) |")
      assert(meaning and todo, code)
    end
  end)

  it("says of every verdict what was found and what is left to do", function()
    for verdict in pairs(verdicts) do
      assert(pages.proof:match("\n| `" .. verdict .. "` | [^|]+ | [^|]+ |"), verdict)
    end
  end)

  for title, set in pairs { codes = codes, verdicts = verdicts, answers = said, scopes = scopes, states = states } do
    it("has all " .. title, function()
      assert.are.same({}, missing_from(code_of(all_pages()), set))
      for word in pairs(set) do
        assert(types:find('"' .. word .. '"', 1, true), word)
      end
    end)
  end

  it("has every vendor code", function()
    local page = pages["systems/cisco_em"]
    for number, code in pairs(core.facts.cisco_em.codes) do
      local listed = has_word(page:match "\n| `vendor_code` | code |(.*)", tostring(number))
      assert(listed or (code.code == "rejected" and code.scope == "target"), number)
    end
  end)

  it("has every option of all clients, with its default", function()
    local wanted = names(any_facts.common_options, { log = true })
    assert.are.same({}, missing_from(code_of(pages.options), wanted))
    for name in pairs(wanted) do
      assert.is_true(fields_of("signoff.Options")[name], name)
    end
    for _, option in ipairs(any_facts.common_options) do
      if tonumber(option.fallback) then
        local row = pages.options:match("\n(| `" .. option.name .. "` |[^\n]*)")
        assert(row:find("(" .. option.fallback, 1, true), option.name)
      end
    end
  end)

  it("has every option of verify and signout", function()
    local wanted = names({ "schedule", "settle", "deadline", "user", "status" }, {})
    assert.are.same({}, missing_from(code_of(pages.proof), wanted))
    for name in pairs(wanted) do
      assert.is_true(fields_of("signoff.Watch")[name], name)
    end
  end)

  it("has every function of the module", function()
    for name, value in pairs(signoff) do
      local called = type(value) == "function"
      assert(has_word(code_of(all_pages()), name) or name == "_VERSION", name)
      assert(types:find((called and "function signoff." or "@field ") .. name, 1, true), name)
    end
    for name in pairs(signoff.secret) do
      assert(pages.options:find("signoff.secret." .. name, 1, true), name)
      assert(types:find("function secret." .. name, 1, true), name)
    end
  end)

  it("has every member of a failure's detail and of a result", function()
    local detail = names({ "code", "message", "backend", "operation", "http_status", "vendor_code", "vendor_message", "fields",
      "retriable", "retry_after", "sent", "scope", "own_words", "date", "stale", "cookie", "malformed" }, {})
    local result = names({ "system", "action", "target", "verdict", "code", "message", "evidence", "by_hand" }, {})
    assert.are.same({}, missing_from(code_of(pages["answers-and-errors"]), detail))
    assert.are.same({}, missing_from(code_of(pages.proof), result))
    assert.are.same(detail, fields_of "signoff.Detail")
    assert.are.same(result, fields_of "signoff.Result")
  end)

  it("has every method of all clients", function()
    local methods = names({ "verify", "signout", "can", "kind", "close" }, {})
    assert.are.same({}, missing_from(code_of(pages.operations), methods))
    for name in pairs(methods) do
      assert(types:find("function Client:" .. name .. "(", 1, true), name)
    end
  end)

  for kind, facts in pairs(core.facts) do
    describe("of " .. kind, function()
      it("has every option", function()
        local options = names(facts.options, {})
        assert.are.same({}, missing_from(about(kind), options))
        local fields = fields_of("signoff." .. kind .. ".Options")
        for name in pairs(options) do
          assert.is_true(fields[name], name)
        end
      end)

      it("has its default path, and what it chooses from", function()
        local text = about(kind)
        assert(not facts.path or text:find(facts.path, 1, true), facts.path)
        for _, option in ipairs(facts.options) do
          assert.are.same({}, missing_from(text, names(option.choices or {}, {})))
          assert.are.same({}, missing_from(types, names(option.choices or {}, {})))
        end
      end)

      it("has every operation, argument and member of an answer", function()
        local text, typed = about(kind), types_of(kind)
        for name, operation in pairs(public_operations(facts)) do
          assert(text:find(":" .. name .. "%f[^%w_]"), "its page: " .. name)
          assert(typed:find("function " .. kind .. ":" .. name .. "(", 1, true), "types.lua: " .. name)
          local words = names(operation.answers, {})
          assert.are.same({}, missing_from(text, words))
          assert.are.same({}, missing_from(typed, names(operation.arguments, words)))
          for _, argument in ipairs(operation.arguments) do
            assert.are.same({}, missing_from(text, names(argument.choices or {}, {})))
          end
        end
      end)

      it("says where its facts come from, and what it cannot prove", function()
        local page = pages["systems/" .. kind]
        for _, words in ipairs { "%[seed%]", "%[documented%]", "Success is", "cannot prove" } do
          assert(page:find(words) or (kind == "isymphony" and words == "Success is"), words)
        end
      end)
    end)
  end

  it("for editors raises nothing when it is loaded by accident", function()
    assert(loadfile "lua/signoff/types.lua")()
  end)
end)

-- The interpreter that runs this.
local function interpreter()
  return rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match "%d%.%d"
end

-- Whether a command under the simulator's environment ends with status 0, and what it wrote.
local function run(command)
  local pipe = io.popen(('. "$SIGNOFF_SIMULATOR/environment"; { %s; } 2>&1; echo "status $?"'):format(command))
  local output = pipe:read "*a"
  pipe:close()
  return output:match "status (%d+)%s*$" == "0", output
end

describe("the example", function()
  local simulator

  before_each(function()
    if os.getenv "SIGNOFF_SIMULATOR" then
      local path = package.path
      package.path = "examples/simulator/?.lua;" .. path
      simulator = require("control").open()
      package.path = path
      simulator.reset()
    end
  end)

  local function check(name, expected)
    it(name .. " runs, and everybody is out", function()
      if not simulator then
        return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
      end
      local fine, output = run(("%s examples/%s.lua"):format(interpreter(), name))
      assert(fine, output)
      for _, words in ipairs(expected) do
        assert(output:find(words), output)
      end
      simulator.reset()
    end)
  end

  for kind, facts in pairs(core.facts) do
    check(kind, { "verdict: " .. (facts.signs_out == "set_status" and "status_set" or "ended") })
  end
end)


-- Whether the words of a text are those of another, in both directions; the words that are not.
local function differences(one, other)
  local missing = {}
  for word in pairs(one) do
    missing[#missing + 1] = not other[word] and word or nil
  end
  table.sort(missing)
  return missing
end

local function set_of(text, pattern)
  local set = {}
  for word in text:gmatch(pattern) do
    set[word] = true
  end
  return set
end

describe("the page of the command", function()
  it("has every command and every option of its help, and no other", function()
    local help = peer.output_of(interpreter() .. " examples/offboard.lua --help 2>&1")
    local commands, listed, options = set_of(help, "\n   (%l+) "), set_of(pages.command, "\n| `(%l+)"), {}
    for command in pairs(commands) do
      for option in peer.output_of(("%s examples/offboard.lua %s --help 2>&1"):format(interpreter(), command)):gmatch "%f[-]%-%-[%l-]+" do
        options[option] = true
      end
    end
    options["--version"] = true
    assert.is_not_nil(next(commands), help)
    assert.are.same({}, differences(commands, listed))
    local written = set_of(code_of(pages.command), "%f[-]%-%-[%l-]+")
    assert.are.same({}, differences(options, written))
    assert.are.same({}, differences(written, options))
  end)
end)

describe("the pages", function()
  it("name only commands of the Makefile", function()
    local targets = set_of(files.read "Makefile", "\n([%l-]+):")
    local text = all_pages() .. files.read "CONTRIBUTING.md" .. files.read "SECURITY.md"
    local count = 0
    for target in code_of(text):gmatch "%f[%w]make (%l[%l-]*%l)" do
      assert(targets[target] or target == "check", target) -- `make check-...`
      count = count + 1
    end
    assert.is_true(count > 20)
  end)

  it("name only files that are there", function()
    local count, tops = 0, { spec = true, examples = true, src = true, tools = true, docs = true }
    for word in all_pages():gmatch "`([^`\n]+)`" do
      local path = word:match "^([%w_]+/[%w_./-]+)$"
      if path and tops[path:match "^[^/]+"] and not path:find "NAME" then
        assert(io.open(path), path):close()
        count = count + 1
      end
    end
    assert.is_true(count > 20)
  end)

  it("find the tables that have a row for each system", function()
    local command = blocks "docs/add-a-system.md"[1].text
    local found = peer.output_of(command)
    assert.is_true(select(2, found:gsub("%.lua", "")) >= 4, found)
  end)
end)

-- How a piece of a page is told of the simulator: whom it talks to and signs out; and it looks again sooner than after 10 s.
local SIMULATED = {
  { "https://[%l.]+example[:%d]*", "HTTPS" },
  { 'signout%(?%s?"SEP003094C25B15"%)?', 'signout("SEP0011223344A1", { settle = 0.2 })' }, { "SEP003094C25B15", "SEP0011223344A1" },
  { "jde, session%)", "jde, session, { settle = 0.2 })" }, { "deadline = 30", "deadline = 30, settle = 0.2" },
  { 'max_fail = "1%%"', 'max_fail = "1%%", settle = 0.2' },
}

-- For each page, for each piece of Lua in it: what it writes.
local PIECES = {
  README = { "^ended\n", "\nended\tnothing is left to do\n" },
  operations = { "^logged_in\trita%.stone\n" },
  options = { "^secret: %*%*%*\tsha256:%x+\n", "" },
  proof = { "^$" },
  offboarding = { "\nall +8 .*8 targets, %d+ s: %d ended, %d status_set" },
  ["many-at-once"] = { "^rita%.stone\tended\n" },
  security = { "^$" },
}

local function pieces_of(name)
  local list = {}
  for _, block in ipairs(blocks(name == "README" and "README.md" or ("docs/%s.md"):format(name))) do
    list[#list + 1] = block.kind == "lua" and block.text or nil
  end
  return list
end

describe("the pieces of Lua in", function()
  local simulator, directory

  before_each(function()
    simulator = os.getenv "SIGNOFF_SIMULATOR" and require "spec.support.simulated"
    if not simulator then
      return
    end
    simulator.reset()
    directory = peer.directory()
    -- The first three people: who is paced takes a second.
    assert(os.execute(("head -n 4 examples/leavers.csv > %s/leavers.csv && chmod 600 %s/leavers.csv"):format(directory, directory)))
  end)

  after_each(function()
    peer.stop_all()
    if simulator then
      simulator.reset()
    end
  end)

  local function written_by(text)
    for _, row in ipairs(SIMULATED) do
      text = text:gsub(row[1], (row[2]:gsub("HTTPS", simulator.simulator.https)))
    end
    files.write(directory .. "/piece.lua", text)
    local fine, output = run(([[cd %s; %s -e 'require "signoff".defaults { ca_file = os.getenv "SIGNOFF_CA_FILE" }' piece.lua]]):format(
      directory, interpreter()))
    assert(fine, output)
    return (output:gsub("status %d+%s*$", ""))
  end

  for name in pairs(pages) do
    local pieces, expected = pieces_of(name), PIECES[name] or {}
    if #pieces > 0 or #expected > 0 then
      it(name .. " run", function()
        assert.are.equal(#expected, #pieces)
        if not simulator then
          return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
        end
        for i, text in ipairs(pieces) do
          simulator.reset()
          assert.matches(expected[i], written_by(text))
        end
      end)
    end
  end
end)

describe("the lists that are shown", function()
  it("are taken", function()
    if not os.getenv "SIGNOFF_SIMULATOR" then
      return pending "no simulator: run it with examples/simulator/simulator with COMMAND"
    end
    local offboard = require "signoff.offboard"
    local simulated = require "spec.support.simulated"
    simulated.reset()
    finally(peer.stop_all)
    local systems = {}
    for _, name in ipairs { "cisco_em", "agvance", "jde_ais" } do
      systems[name] = { client = simulated.client(name, "https") }
    end
    local people = {}
    for _, block in ipairs(blocks "docs/lists-plans-journals.md") do
      if block.kind ~= "" then
        local path = ("%s/list.%s"):format(peer.directory(), block.kind:gsub("json", "jsonl"))
        files.write(path, block.text)
        assert(os.execute("chmod 600 " .. path))
        people[block.kind] = assert(offboard.plan(systems, path)).people
      end
    end
    assert.are.same({ csv = 3, json = 1 }, people)
  end)
end)
