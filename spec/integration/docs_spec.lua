-- SPDX-License-Identifier: MIT
-- All that the module has is documented, for people (README.md and docs/) and for editors (lua/signoff/types.lua). docs/api.md is
-- written from the types, so it counts for nothing here.

local core = require "signoff.core"
local signoff = require "signoff"
local files = require "spec.support.files"
local page = require "spec.support.page"
local peer = require "spec.support.peer"

local types = files.read "lua/signoff/types.lua"
local pages, code_of, all_pages = page.all(), page.code_of, table.concat(page.texts(), "\n")

local function has_word(text, word)
  return text:find("%f[%w_]" .. word:gsub("%p", "%%%0") .. "%f[^%w_]") ~= nil
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
      assert.are.same({}, missing_from(code_of(all_pages), set))
      for word in pairs(set) do
        assert(types:find('"' .. word .. '"', 1, true), word)
      end
    end)
  end

  it("has every vendor code", function()
    local text = pages["systems/cisco_em"]
    for number, code in pairs(core.facts.cisco_em.codes) do
      local listed = has_word(text:match "\n| `vendor_code` | code |(.*)", tostring(number))
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
      assert(has_word(code_of(all_pages), name) or name == "_VERSION", name)
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
        for _, words in ipairs { "%[seed%]", "%[documented%]", "Success is", "cannot prove" } do
          assert(pages["systems/" .. kind]:find(words) or (kind == "isymphony" and words == "Success is"), words)
        end
      end)
    end)
  end

  it("for editors raises nothing when it is loaded by accident", function()
    assert(loadfile "lua/signoff/types.lua")()
  end)
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
    local help = peer.output_of(page.interpreter() .. " examples/offboard.lua --help 2>&1")
    local commands, listed, options = set_of(help, "\n   (%l+) "), set_of(pages.command, "\n| `(%l+)"), {}
    for command in pairs(commands) do
      for option in peer.output_of(("%s examples/offboard.lua %s --help 2>&1"):format(page.interpreter(), command)):gmatch "%f[-]%-%-[%l-]+" do
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
    local count = 0
    for target in code_of(all_pages):gmatch "%f[%w]make (%l[%l-]*%l)" do
      assert(targets[target] or target == "check", target) -- `make check-...`
      count = count + 1
    end
    assert.is_true(count > 20)
  end)

  it("name only files that are there", function()
    local count, tops = 0, { spec = true, examples = true, src = true, tools = true, docs = true }
    for word in code_of(all_pages):gmatch "[^\n]+" do
      local path = word:match "^([%w_]+/[%w_./-]+)$"
      if path and tops[path:match "^[^/]+"] and not path:find "NAME" then
        assert(io.open(path), path):close()
        count = count + 1
      end
    end
    assert.is_true(count > 20)
  end)

  it("name the files of a new system that each of those here has", function()
    local count, rows = 0, pages["add-a-system"]:gsub("\n[^|\n][^\n]*", "") -- files in the tables are needed
    for kind in pairs(core.facts) do
      for path in code_of(rows):gmatch "[^\n]*NAME[%w_]*%.%l+%f[^%w]" do
        local here = path:gsub("NAME", kind)
        assert(io.open(here), here):close()
        count = count + 1
      end
    end
    assert.is_true(count >= 5 * 8, count)
  end)
end)
