-- SPDX-License-Identifier: MIT
-- What the module has is documented, for people (README.md) and for editors (lua/signoff/types.lua); the examples run.

local core = require "signoff.core"
local signoff = require "signoff"
local files = require "spec.support.files"

local readme, types = files.read "README.md", files.read "lua/signoff/types.lua"

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

-- The text between a heading and the next one of its level or above.
local function section(title)
  local from, to = readme:find("\n#+ " .. title:gsub("%p", "%%%0") .. "\n")
  assert(from, "README.md has no section " .. title)
  local marks = readme:match("^\n(#+)", from)
  local rest = "\n" .. readme:sub(to + 1)
  local stop
  for level = 1, #marks do
    local at = rest:find("\n" .. ("#"):rep(level) .. " ")
    stop = at and math.min(at, stop or at) or stop
  end
  return rest:sub(1, stop)
end

-- A system's page, and its rows in the tables.
local function about(kind)
  local rows, inside = {}, false
  for line in readme:gmatch "[^\n]+" do
    local client = line:match "^| `([%w_]+)` |"
    if client or not line:match "^| |" then
      inside = client == kind
    end
    if inside then
      rows[#rows + 1] = line
    end
  end
  local page
  for title in readme:gmatch "\n### ([^\n]+)" do
    page = title:find("`" .. kind .. "`", 1, true) and section(title) or page
  end
  assert(page, "README.md has no page of " .. kind)
  return code_of(table.concat(rows, "\n") .. page)
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
    local text = section "Answers and errors"
    for code in pairs(codes) do
      local meaning, todo = text:match("\n| `" .. code .. "` | ([^|]+) | ([^|]+) |")
      assert(meaning and todo, code)
    end
  end)

  it("says of every verdict what was found and what is left to do", function()
    local text = section "Proof: verify and signout"
    for verdict in pairs(verdicts) do
      assert(text:match("\n| `" .. verdict .. "` | [^|]+ | [^|]+ |"), verdict)
    end
  end)

  for title, set in pairs { codes = codes, verdicts = verdicts, answers = said, scopes = scopes, states = states } do
    it("has all " .. title, function()
      assert.are.same({}, missing_from(code_of(readme), set))
      for word in pairs(set) do
        assert(types:find('"' .. word .. '"', 1, true), word)
      end
    end)
  end

  it("has every vendor code", function()
    local text = about "cisco_em"
    local page = section "Cisco Extension Mobility (`cisco_em`)"
    assert(text)
    for number, code in pairs(core.facts.cisco_em.codes) do
      local listed = has_word(page:match "\n| `vendor_code` | code |(.*)", tostring(number))
      assert(listed or (code.code == "rejected" and code.scope == "target"), number)
    end
  end)

  it("has every option of all clients, with its default", function()
    local options = section "Options"
    local wanted = names(any_facts.common_options, { log = true })
    assert.are.same({}, missing_from(code_of(options), wanted))
    for name in pairs(wanted) do
      assert.is_true(fields_of("signoff.Options")[name], name)
    end
    for _, option in ipairs(any_facts.common_options) do
      if tonumber(option.fallback) then
        assert(options:find(("`%s` | %s |"):format(option.name, option.fallback), 1, true), option.name)
      end
    end
  end)

  it("has every option of verify and signout", function()
    local wanted = names({ "schedule", "settle", "deadline", "user", "status" }, {})
    assert.are.same({}, missing_from(code_of(section "Proof: verify and signout"), wanted))
    for name in pairs(wanted) do
      assert.is_true(fields_of("signoff.Watch")[name], name)
    end
  end)

  it("has every function of the module", function()
    for name, value in pairs(signoff) do
      local called = type(value) == "function"
      assert(has_word(code_of(readme), name) or name == "_VERSION", name)
      assert(types:find((called and "function signoff." or "@field ") .. name, 1, true), name)
    end
    for name in pairs(signoff.secret) do
      assert(readme:find("signoff.secret." .. name, 1, true), name)
      assert(types:find("function secret." .. name, 1, true), name)
    end
  end)

  it("has every member of a failure's detail and of a result", function()
    local detail = names({ "code", "message", "backend", "operation", "http_status", "vendor_code", "vendor_message", "fields",
      "retriable", "retry_after", "sent", "scope", "own_words", "date", "stale", "cookie", "malformed" }, {})
    local result = names({ "system", "action", "target", "verdict", "code", "message", "evidence", "by_hand" }, {})
    assert.are.same({}, missing_from(code_of(section "Answers and errors"), detail))
    assert.are.same({}, missing_from(code_of(section "Proof: verify and signout"), result))
    assert.are.same(detail, fields_of "signoff.Detail")
    assert.are.same(result, fields_of "signoff.Result")
  end)

  it("has every method of all clients", function()
    local methods = names({ "verify", "signout", "can", "kind", "close" }, {})
    assert.are.same({}, missing_from(code_of(section "Systems and operations"), methods))
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
          assert(text:find(":" .. name .. "%f[^%w_]"), "README.md: " .. name)
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
        local page
        for title in readme:gmatch "\n### ([^\n]+)" do
          page = title:find("`" .. kind .. "`", 1, true) and section(title) or page
        end
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

describe("the first script of the README", function()
  it("is valid Lua, as are the other pieces", function()
    local load_text = rawget(_G, "loadstring") or load
    local count = 0
    for piece in readme:gmatch "```lua\n(.-)```" do
      local text = piece:find "^log =" and "local " .. piece or piece
      assert(load_text(text))
      count = count + 1
    end
    assert.is_true(count >= 3)
  end)
end)
