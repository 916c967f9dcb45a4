-- SPDX-License-Identifier: MIT
-- File descriptors that are used up: the error says so, wherever one is wanted, and nothing else.

local child = require "spec.support.child"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local WORDS = "no file descriptor is left in this process"
local MOST = 9 -- of descriptors that are left, in the end: enough for everything

-- The output of a process that has, one after another, 0 to MOST descriptors left: a line each, of what `show()` gives.
local function each_count(code)
  local program = [[
    local core, signoff, offboard = require "signoff.core", require "signoff", require "signoff.offboard"
    local people, journal = require "signoff.offboard.people.people", require "signoff.journal"
    %s
    local function leave(count)
      local files, file = {}, io.open "/dev/null"
      while file do
        files[#files + 1], file = file, io.open "/dev/null"
      end
      for _ = 1, count do
        table.remove(files):close()
      end
      return files
    end
    show() -- loads what is loaded once, with descriptors to spare
    for count = 0, %d do
      collectgarbage()
      local files = leave(count)
      local told = show()
      for _, file in ipairs(files) do
        file:close()
      end
      print(told)
    end
  ]]
  local said = child.run(program:format(code, MOST), "RES_OPTIONS='timeout:1 attempts:1' " .. peer.with_descriptors(48))
  local list = {}
  for line in said:gmatch "[^\n]+" do
    list[#list + 1] = line
  end
  assert.are.equal(MOST + 1, #list, said)
  return list
end

-- Each line says that descriptors are out, or what is said when there are enough: the last one does.
local function assert_said(list, enough)
  assert.is_truthy(list[1]:find(WORDS, 1, true), list[1])
  assert.is_falsy(list[#list]:find(WORDS, 1, true), list[#list])
  for count, line in ipairs(list) do
    assert.is_truthy(line:find(WORDS, 1, true) or line:find(enough), ("with %d left: %s"):format(count - 1, line))
  end
end

local carriers = {
  call = "return outcome(client:status())",
  loop = [[
    local told
    local fine, problem = pcall(signoff.loop, function() told = outcome(client:status()) end)
    return fine and told or problem]],
  channel = [[
    local channel, problem = core.channel()
    if not channel then
      return problem
    end
    local call = core.build(client, "status")
    channel:submit(call)
    while channel:pending() > 0 do
      repeat until not channel:finished()
      core.sleep(0.002)
    end
    return outcome(core.read(call))]],
}

local asking = [[
  local client = signoff.jde_ais { url = %q, token = "044-token", timeout = %d, ca_file = %s, ca_dir = %s, proxy = %s }
  local function outcome(answer, message, code, detail)
    if answer then
      return "alive"
    end
    assert(code ~= "busy" or not detail.sent and detail.retriable)
    return code .. ": " .. message
  end
  local function show()
    %s
  end
]]

describe("no descriptor left", function()
  local directory

  setup(function()
    directory = peer.output_of "mktemp -d"
    tls.authority(directory, "ca")
    tls.certificate(directory, "ca", "good", "IP:127.0.0.1")
    peer.output_of(("cd %s && mkdir cas && cp ca.pem cas && openssl rehash cas"):format(directory))
  end)
  teardown(function()
    os.execute("rm -rf " .. directory)
  end)
  after_each(peer.stop_all)

  local function plain()
    return peer.start { peer.always(peer.reply("200 OK", '{"isValidSession":true}', { Connection = "close" })) }.url
  end

  local function serve()
    return "https://127.0.0.1:" .. tls.serve(directory, "good", "-www").port
  end

  local nobody = "[Rr]esolv" -- there is no such name, or who knows of names does not answer

  -- Address, what is said with descriptors enough, CA, CAs, proxy
  local targets = {
    ["an address"] = function() return plain(), "alive" end,
    ["TLS, with a file of CAs"] = function() return serve(), "is a page", directory .. "/ca.pem" end,
    ["TLS, with a folder of CAs"] = function() return serve(), "is a page", nil, directory .. "/cas" end,
    ["a name"] = function() return "http://no-such-name.invalid", nobody end,
    ["a proxy"] = function() return "http://ais.example", "alive", nil, nil, plain() end,
    ["a proxy by its name"] = function() return "http://ais.example", nobody, nil, nil, "http://no-such-name.invalid" end,
  }
  local function quoted(value)
    return value and ("%q"):format(value) or "nil"
  end
  for what, target in pairs(targets) do
    for carrier, code in pairs(carriers) do
      it(("is said of %s, asked by the %s"):format(what, carrier), function()
        local url, enough, ca_file, ca_dir, proxy = target()
        local seconds = enough == nobody and 1 or 5
        assert_said(each_count(asking:format(url, seconds, quoted(ca_file), quoted(ca_dir), quoted(proxy), code)), enough)
      end)
    end
  end

  -- Each use of a file: an expression that gives what is said.
  local files = {
    ["a file to save"] = "core.save(path .. '.saved', 'x')",
    ["a file to save in pieces"] = "core.saving(path .. '.saved')",
    ["a journal"] = "core.journal(path .. '.journal', 'append')",
    ["a journal to check"] = "offboard.check(path)",
    ["a plan"] = "offboard.load(path)",
  }
  for what, expression in pairs(files) do
    it("is said of " .. what, function()
      local path = directory .. "/file"
      os.execute(("umask 077; echo '{}' >%s; : >%s.journal"):format(path, path))
      local list = each_count(([[
        local path = %q
        local function show()
          local answer, message = %s
          return answer and "done" or message
        end]]):format(path, expression))
      assert.is_truthy(list[1]:find(path, 1, true), list[1])
      assert.is_truthy(list[1]:lower():find("too many open files", 1, true), list[1])
      assert.is_falsy(list[#list]:lower():find("too many open files", 1, true), list[#list])
    end)
  end

  -- The first use of what is loaded late: with no descriptor, with one, and when there are enough again.
  local firsts = {
    ["signoff.loop"] = "signoff.loop(function() return outcome(client:status()) end)", signout = "verdict(client:signout(target, quick))",
    verify = "verdict(client:verify(target, quick))",
  }
  for what, expression in pairs(firsts) do
    it("is said of the first " .. what, function()
      local said = child.run(([[
        local core, signoff = require "signoff.core", require "signoff"
        local client = signoff.jde_ais { url = %q, token = "044-token", timeout = 5 }
        local target, quick = { token = "044-token", device = "PC" }, { settle = 0, schedule = { 0.01 }, deadline = 1 }
        local function outcome(answer, message)
          return answer and "alive" or message
        end
        local function verdict(result)
          return result.message or result.verdict
        end
        local files, file = {}, io.open "/dev/null"
        while file do
          files[#files + 1], file = file, io.open "/dev/null"
        end
        local function show()
          print((select(2, pcall(function() return %s end)):gsub("\n.*", "")))
        end
        show()
        files[#files] = files[#files]:close() and nil
        show()
        for _, left in pairs(files) do
          left:close()
        end
        show()
      ]]):format(plain(), expression), peer.with_descriptors(48))
      local first, second, last = said:match "^([^\n]*)\n([^\n]*)\n([^\n]*)$"
      assert(first and first:find("cannot be loaded: " .. WORDS, 1, true) and first:find("code.lua:", 1, true), said)
      assert(not second:find("cannot be loaded", 1, true), said)
      assert(last == "alive" or last == "still_active" or last:find "alive", said)
    end)
  end

  it("is said of a secret, and of a list of people", function()
    local path = directory .. "/secret"
    os.execute(("umask 077; echo 'person' >%s"):format(path))
    for _, expression in ipairs { "signoff.secret.file(path)", "assert(people.read(path, {}))" } do
      local list = each_count(([[
        local path = %q
        local function show()
          local fine, problem = pcall(function() return %s end)
          return fine and "done" or tostring(problem):gsub("\n", " ")
        end]]):format(path, expression))
      assert.is_truthy(list[1]:lower():find("too many open files", 1, true), list[1])
      assert.is_truthy(list[1]:find(path, 1, true), list[1])
      assert.is_falsy(list[#list]:lower():find("too many open files", 1, true), list[#list])
    end
  end)
end)

describe("a command without descriptors", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  -- The output and the exit status, where so few descriptors are left that it can read files, and little else.
  local function run(words)
    return peer.output_of(([[. "$SIGNOFF_SIMULATOR/environment"; root=$(pwd); cd %s; export SIGNOFF_CONFIG=systems.lua
      %s timeout 300 %s "$root/examples/offboard.lua" %s 2>&1; echo "status $?"]]):format(
      operator.directory, peer.with_descriptors(6), child.interpreter, words))
  end

  it("says so, and calls it no bug", function()
    operator.list("list.csv", "liam.byrne")
    local said = run "plan list.csv"
    assert.is_truthy(said:find(WORDS .. ".*status 2$"), said)
    assert.is_falsy(said:find("bug", 1, true), said)
    said = run "doctor"
    assert.is_truthy(said:find("oracle_commerce +reachable +fail +[^\n]*" .. WORDS), said)
    assert.is_truthy(said:find "status 1$", said)
  end)
end)
