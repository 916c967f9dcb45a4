-- SPDX-License-Identifier: MIT
-- Ctrl-C: the first sets a flag, the second ends the process, and afterwards all is as before.

local core = require "signoff.core"
local child = require "spec.support.child"
local peer = require "spec.support.peer"

after_each(peer.stop_all)

-- Not by os.execute: while that waits, SIGINT is ignored.
local prelude = [[
local core = require "signoff.core"
local pid = io.open "/proc/self/stat":read "*n"
local function signal(name)
  io.popen(("kill -%s %d"):format(name, pid)):close()
end
]]

-- Runs `code` after that; how it ended is in the last line, "status N".
local function run(code, signals)
  local path = peer.directory() .. "/code.lua"
  peer.write_file(path, prelude .. code)
  local command = "timeout 300 env %s %s %s 2>&1; echo status $?"
  local output = peer.output_of(command:format(signals or "--default-signal=INT,TERM,HUP", child.interpreter, path))
  return (output:gsub("Terminated\n", "")) -- the shell's word
end

describe("core.interrupt", function()
  it("has nothing to tell where nobody watches", function()
    assert.is_nil(core.interrupted())
  end)

  it("refuses what is no boolean", function()
    assert.has_error(function()
      core.interrupt "yes"
    end)
  end)

  for _, name in ipairs { "INT", "TERM", "HUP" } do
    it("tells that SIG" .. name .. " came, and the process goes on", function()
      assert.equal(("nil\nSIG%s\nSIG%s\nstatus 0"):format(name, name), run(([[
core.interrupt(true)
core.interrupt(true)
print(core.interrupted())
signal "%s"
print(core.interrupted())
print(core.interrupted())]]):format(name)))
    end)
  end

  it("ends the process at the second, whichever it is", function()
    assert.equal("once\nstatus 143", run [[
core.interrupt(true)
signal "INT"
io.write "once\n"
io.flush()
signal "TERM"
print "still here"]])
  end)

  it("goes on however often a terminal hangs up", function()
    assert.equal("SIGHUP\nstatus 143", run [[
core.interrupt(true)
signal "HUP"
signal "HUP"
io.write(core.interrupted(), "\n")
io.flush()
signal "TERM"
print "still here"]])
  end)

  it("lets a sleep and what is written go on to their end", function()
    assert.equal("slept\nSIGINT\nstatus 0", run [[
core.interrupt(true)
os.execute(("{ sleep 0.2; kill -INT %d; } &"):format(pid))
local began = core.now()
core.sleep(0.6)
print(core.now() - began >= 0.59 and "slept" or "woke")
print(core.interrupted())]])
  end)

  it("lets nobody who reads along end the process", function()
    assert.equal("nil\nstatus 0", run [[
core.interrupt(true)
signal "PIPE"
print(core.interrupted())]])
  end)

  it("puts back what was there", function()
    assert.equal("nil\nstatus 143", run [[
core.interrupt(true)
signal "INT"
core.interrupt(false)
io.write(tostring(core.interrupted()), "\n")
io.flush()
signal "TERM"
print "still here"]])
  end)

  it("watches again", function()
    assert.equal("SIGTERM\nstatus 0", run [[
core.interrupt(true)
signal "INT"
core.interrupt(false)
core.interrupt(true)
signal "TERM"
print(core.interrupted())]])
  end)

  it("leaves alone what is ignored", function()
    assert.equal("nil\nstatus 0", run([[
core.interrupt(true)
signal "HUP"
print(core.interrupted())]], "--ignore-signal=HUP"))
  end)
end)

describe("core.terminal", function()
  it("knows a terminal, and how wide it is, from a file", function()
    local path = peer.directory() .. "/code.lua"
    peer.write_file(path, 'local core = require "signoff.core" print(core.terminal(1))')
    local command = ("stty cols 123; %s %s"):format(child.interpreter, path)
    assert.equal("123", (peer.output_of(("script -qec '%s' /dev/null </dev/null"):format(command)):gsub("%s", "")))
    assert.equal("", (peer.output_of(child.interpreter .. " " .. path)))
  end)
end)
