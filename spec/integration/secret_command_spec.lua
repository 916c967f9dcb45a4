-- SPDX-License-Identifier: MIT
-- A secret that a program writes: whatever the program does, and whatever its host does with its children.

local child = require "spec.support.child"
local core = require "signoff.core"
local encodings = require "spec.support.encodings"
local nginx = require "spec.support.nginx"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local CANARY = "C4nary-of-a-program"
local LONG = 60 -- seconds for a program that ends by itself, on whatever machine
local SHORT = 0.5 -- for one that does not

local folder

before_each(function()
  folder = peer.directory()
end)
after_each(peer.stop_all)

-- A script of /bin/sh with $folder, where it leaves notes; "@" stands for the secret.
local function script(body, mode)
  local path = folder .. "/program"
  peer.write_file(path, ("#!/bin/sh\nfolder=%s\n%s\n"):format(folder, (body:gsub("@", CANARY))))
  os.execute(("chmod %s %s"):format(mode or "700", path))
  return path
end

local function note(name)
  local text = peer.read_file(folder .. "/" .. name)
  return text and text:match "%S+"
end

local function is_alive(pid)
  local state = peer.read_file(("/proc/%s/stat"):format(pid))
  return state ~= nil and not state:match "^%d+ %b() [ZX]"
end

local function bytes_of(argv)
  return core.bytes(core.secret_command(argv, LONG))
end

-- The message of a refusal, which does not show the secret.
local function refused(words, argv, seconds)
  local fine, problem = pcall(core.secret_command, argv, seconds or LONG)
  assert(not fine, "it is taken")
  assert(tostring(problem):find(words, 1, true), tostring(problem))
  assert.is_nil(encodings.find(problem, encodings.traces(CANARY), "the error"))
  return problem
end

describe("a program's only line", function()
  local rows = {
    { "a line", "echo @" }, { "a line without an end", "printf @" }, { "in pieces", "printf C4nary; /bin/true; echo -of-a-program" },
    { "beside a flood of complaints", "head -c 1000000 /dev/zero >&2; echo @" }, { "with its standard error closed", "exec 2>&-; echo @" },
    { "after it read its input to the end", "cat; echo @" }, { "with a status of its own", "(exit 3); echo @" },
    { "with its output closed after it", "echo @; exec >&-; /bin/true" },
  }
  for _, row in ipairs(rows) do
    it("is a secret: " .. row[1], function()
      assert.are.equal(CANARY, bytes_of { script(row[2]) })
    end)
  end

  it("is a secret like any other", function()
    local secret = signoff.secret.command { script "echo @" }
    assert.are.equal("secret: ***", tostring(secret))
    assert.are.equal(signoff.fingerprint(CANARY), signoff.fingerprint(secret))
    local client = signoff.jde_ais { url = "http://ais.example", token = secret, device = "PC" }
    secret:close()
    assert.are.equal(CANARY, core.request(core.build(client, "logout")).headers["jde-AIS-Auth"])
  end)

  it("may have 64 KiB", function()
    assert.are.equal(65535, #bytes_of { script "head -c 65535 /dev/zero | tr '\\0' x; echo" })
  end)

  it("comes of the arguments as they are: there is no shell", function()
    local path = script 'printf %s "$#$1$2$3"'
    assert.are.equal("3a  b$HOME `id`", bytes_of { path, "", "a  b", "$HOME `id`" })
    local argv = { path }
    for _ = 1, 1000 do
      argv[#argv + 1] = ""
    end
    assert.are.equal("1000", bytes_of(argv))
  end)

  it("may take 10 s", function()
    local real, seen = core.secret_command, nil
    core.secret_command = function(_, seconds)
      seen = seconds
    end
    signoff.secret.command { "/bin/true" }
    core.secret_command = real
    assert.are.equal(10, seen)
  end)
end)

describe("a program", function()
  -- Name, script, words of the refusal, seconds.
  local rows = {
    { "that fails", "echo @; exit 1", "ended with exit status 1" },
    { "that fails without a word", "exit 127", "ended with exit status 127" },
    { "that complains", "echo no @ >&2; exit 2", "ended with exit status 2; it wrote 23 bytes to its standard error" },
    { "that is killed", "echo @; kill -KILL $$", "was killed by signal 9" },
    { "that writes nothing", "exit 0", "wrote no line, or an empty one" },
    { "that writes an empty line", "echo", "wrote no line, or an empty one" },
    { "that writes two lines", "echo @; echo user: ann", "more than one line" },
    { "that writes an empty one behind it", "echo @; echo", "more than one line" },
    { "that writes too much", "head -c 70000 /dev/zero | tr '\\0' x", "more than 64 KiB" },
    { "that never stops writing", "exec yes @", "more than 64 KiB" },
    { "with a carriage return", "printf '@\\r\\n'", "a carriage return" },
    { "with a byte order mark", "printf '\\357\\273\\277@'", "a byte order mark" },
    { "that takes too long", "echo @; exec sleep 1000", "did not end within 1 s, and was killed", SHORT },
    { "that closes its output and lives on", "echo @; exec >&- 2>&-; exec sleep 1000", "did not end within", SHORT },
    { "that never stops complaining", "exec yes @ >&2", "did not end within", SHORT },
    { "that ignores signals", "trap '' TERM INT HUP; echo @; while :; do sleep 1000; done", "did not end within", SHORT },
    { "that stops", "echo @; kill -STOP $$", "did not end within", SHORT },
    { "that wants to ask", "read -r answer < /dev/tty || exit 4; echo @", "ended with exit status 4" },
  }
  for _, row in ipairs(rows) do
    it(row[1] .. " gives no secret", function()
      local path = script("echo $$ > $folder/pid\n" .. row[2])
      assert(refused(row[3], { path }, row[4]):find(path, 1, true))
      assert(not is_alive(note "pid"))
    end)
  end

  it("leaves nothing behind of its process group, and leaves a daemon alone", function()
    local path = script [[
      sleep 1000 & echo $! > $folder/left
      setsid sleep 1000 > /dev/null 2>&1 & echo $! > $folder/daemon
      until [ "$(cut -d ' ' -f 6 /proc/$!/stat)" = $! ]; do :; done # it has a session of its own
      echo @]]
    assert.are.equal(CANARY, bytes_of { path })
    local alive = is_alive(note "daemon")
    os.execute("kill -KILL " .. note "daemon")
    assert.is_true(alive)
    assert.is_false(is_alive(note "left"))
  end)

  it("ends when its host does", function()
    local path = script "echo $$ > $folder/new; mv $folder/new $folder/pid; exec sleep 1000"
    peer.write_file(folder .. "/host.lua", ('require("signoff.core").secret_command({ %q }, 1000)'):format(path))
    local host = peer.spawn(("%s %s/host.lua"):format(child.interpreter, folder), folder)
    local pid = peer.wait_for("the program", function()
      return note "pid"
    end)
    assert(is_alive(pid))
    host:stop()
    peer.wait_for("its end", function()
      return not is_alive(pid)
    end)
  end)
end)

describe("the file of a program", function()
  local rows = {
    { "that others may write", function() return { script("echo @", "722") } end, "may write to it" },
    { "in a folder that others may write", function()
      local path = script "echo @"
      os.execute("chmod 777 " .. folder)
      return { path }
    end, "chmod go-w" },
    { "behind a link, that others may write", function()
      os.execute(("ln -s %s %s/link"):format(script("echo @", "722"), folder))
      return { folder .. "/link" }
    end, "may write to it" },
    { "that may not be run", function() return { script("echo @", "600") } end, "permission denied; run: chmod u+x" },
    { "whose interpreter is missing", function()
      peer.write_file(script "echo @", "#!/nonsense/interpreter\n")
      return { folder .. "/program" }
    end, "the interpreter that its first line names is not there" },
    { "that is no program", function()
      peer.write_file(script "echo @", "\127nonsense")
      return { folder .. "/program" }
    end, "is no program of this machine" },
    { "that is missing", function() return { folder .. "/nonsense" } end, "there is no such file" },
    { "that is a folder", function() return { folder } end, "is a directory; name a program" },
    { "that is a device", function() return { "/dev/null" } end, "is a device; name a program" },
    { "with a bare name", function() return { "pass", "show", "cucm/em" } end, "'command -v pass' prints, such as \"/usr/bin/pass\"" },
    { "with a relative path", function() return { "./bin/pass" } end, "'./bin/pass' is no absolute path" },
    { "without a name", function() return { "" } end, "'' is no absolute path" },
    { "with a secret as an argument", function() return { "/bin/echo", (signoff.secret.new(CANARY)) } end, "other users see arguments" },
    { "with a number as an argument", function() return { "/bin/echo", "a", 12 } end, "argument 2 must be a string, not number" },
    { "with arguments that are too long", function() return { "/bin/echo", (("x"):rep(4e6)) } end, "its arguments are too long" },
    { "as a text", function() return "/bin/echo" end, "a list is needed" }, { "as nothing", function() end, "a list is needed" },
    { "in an empty list", function() return {} end, "a list is needed" },
    { "in a list with a hole", function() return { "/bin/echo", [3] = "x" } end, "a list is needed" },
    { "in a list with an option", function() return { "/bin/echo", timeout = 3 } end, "a list is needed" },
  }
  for _, row in ipairs(rows) do
    it(row[1] .. " is refused", function()
      refused(row[3], row[2]())
    end)
  end

  it("may be a link", function()
    os.execute(("ln -s %s %s/link"):format(script "echo @", folder))
    assert.are.equal(CANARY, bytes_of { folder .. "/link" })
  end)
end)

-- The output of a program that a host runs; `before`: shell commands in front of the host.
local function found(before, argv, environment)
  peer.write_file(folder .. "/host.lua", ("local core = require 'signoff.core'\nprint((core.bytes(core.secret_command(%s, %d))))"):format(
    argv, LONG))
  return peer.output_of(("%s; env %s timeout 300 %s %s/host.lua 2>&1"):format(before, environment or "", child.interpreter, folder))
end

describe("the process of a program", function()
  it("has an environment of seven variables at most", function()
    local said = found(":", [[{ "/bin/sh", "-c", "tr '\\0' ' ' < /proc/$$/environ" }]], "HOME=/home/ann USER=ann LOGNAME=ann XDG_RUNTIME_DIR=/run/user/7 "
      .. "DBUS_SESSION_BUS_ADDRESS=unix:path=/x LC_ALL=C LANG=C HOMES=x CISCO_EM_APP_CERTIFICATE=" .. CANARY)
    assert.are.equal("HOME=/home/ann USER=ann LOGNAME=ann XDG_RUNTIME_DIR=/run/user/7 DBUS_SESSION_BUS_ADDRESS=unix:path=/x "
      .. "PATH=/usr/bin:/bin LC_ALL=C.UTF-8", said)
    said = found(":", [[{ "/bin/sh", "-c", "tr '\\0' ' ' < /proc/$$/environ" }]], "-u HOME -u USER -u LOGNAME -u XDG_RUNTIME_DIR "
      .. "-u DBUS_SESSION_BUS_ADDRESS")
    assert.are.equal("PATH=/usr/bin:/bin LC_ALL=C.UTF-8", said)
  end)

  -- Name, shell commands in front of the host, the program, and a pattern of its output.
  local rows = {
    { "the root folder", "cd /tmp", [[{ "/bin/pwd" }]], "/" },
    { "no file of its host", "exec 7</dev/null 8>/dev/null", [[{ "/bin/sh", "-c", "echo /proc/$$/fd/[4-9]*" }]], "/proc/%d+/fd/%[4%-9%]%*" },
    { "nor where the host has none of the standard three", "exec 3>&1 <&-",
      [[{ "/bin/sh", "-c", "cat; for n in 0 1 2; do readlink /proc/$$/fd/$n; done | tr '\\n' ' '" }]], "/dev/null pipe:%[%d+%] pipe:%[%d+%] ?" },
    { "a session of its own", ":", [[{ "/bin/sh", "-c", "cut -d ' ' -f 6,7 /proc/$$/stat | sed s/^$$/same/" }]], "same 0" },
    { "no signal ignored", "trap '' PIPE CHLD HUP USR1", [[{ "/bin/grep", "SigIgn", "/proc/self/status" }]], "SigIgn:%s%x+[08]0000000" },
    { "no signal blocked", ":", [[{ "/bin/grep", "SigBlk", "/proc/self/status" }]], "SigBlk:%s0+" },
  }
  for _, row in ipairs(rows) do
    it("has " .. row[1], function()
      local said = found(row[2], row[3])
      assert(said:find("^" .. row[4] .. "$"), said)
    end)
  end
end)

describe("a host", function()
  -- Prints what a program gives, what comes of one that fails, and how many descriptors that left.
  local code = [[
    local core, signoff = require "signoff.core", require "signoff"
    print(signoff.fingerprint(core.secret_command({ "/bin/sh", "-c", "sleep 1000 & echo abc" }, 60)))
    print((pcall(core.secret_command, { "/bin/sh", "-c", "exit 7" }, 60)), select(2, pcall(core.secret_command, { "/bin/sh", "-c", "exit 7" }, 60)))
  ]]
  local WANTED = "sha256:ba7816bf8f01\nfalse%s+%S+code%.lua:%d+: secret%.command: /bin/sh: ended with exit status 7"

  it("may ignore SIGCHLD", function()
    peer.write_file(folder .. "/code.lua", code)
    local said = peer.output_of(("trap '' CHLD; timeout 300 %s %s/code.lua 2>&1"):format(child.interpreter, folder))
    assert(said:find(WANTED), said)
  end)

  it("that waits for every child hears of none", function()
    local library = folder .. "/sigchld.so"
    assert.are.equal("", peer.output_of(("cc -shared -fPIC -o %s spec/support/sigchld.c 2>&1"):format(library)))
    local preload = ('LD_PRELOAD="$LD_PRELOAD %s"'):format(library)
    local said = child.run(code, preload)
    assert(said:find(WANTED .. "\nheard 0, took 0$"), said)
    said = child.run("io.popen('true'):close()", preload)
    assert(said:find "heard 1, took [01]$", said) -- it would hear of one
  end)

  it("keeps its children and its descriptors", function()
    local said = child.run([[
      local core = require "signoff.core"
      local descriptors = require "spec.support.process".descriptors
      local pipe = io.popen("read line; exit 0", "w")
      local before = descriptors()
      for _, words in ipairs { "echo abc", "exit 1", "kill -9 $$" } do
        pcall(core.secret_command, { "/bin/sh", "-c", words }, 60)
      end
      pcall(core.secret_command, { "/nonsense" }, 60)
      print(descriptors() - before, pipe:close())
    ]])
    assert(said:find "^0%s+true", said)
  end)

  it("without a file descriptor says so", function()
    local said = child.run([[
      local core, files = require "signoff.core", {}
      repeat files[#files + 1] = io.open "/dev/null" until #files > 0 and not io.open "/dev/null"
      print(pcall(core.secret_command, { "/bin/echo", "abc" }, 60))
    ]], peer.with_descriptors(48))
    assert(said:find("too many open files", 1, true), said)
  end)
end)

describe("where it would stop others", function()
  local function answer(...)
    return select("#", ...) > 1 and tostring((select(2, ...))) or nil
  end

  it("is refused in tasks, and in the coroutines in them", function()
    local words = "secret.command cannot wait in a task of signoff.loop: call it before the loop"
    local argv = { script "echo @; echo ran >> $folder/ran" }
    signoff.loop(function(loop)
      assert(answer(pcall(signoff.secret.command, argv)):find(words, 1, true))
      assert(answer(pcall(coroutine.wrap(signoff.secret.command), argv)):find(words, 1, true))
      assert(answer(pcall(signoff.wrap(function()
        return signoff.secret.command(argv)
      end))):find(words, 1, true))
      assert(answer(loop:spawn(pcall, signoff.secret.command, argv):join()):find(words, 1, true))
    end)
    assert.is_nil(note "ran")
    assert.are.equal("secret: ***", tostring(signoff.secret.command(argv)))
    assert.are.equal("ran", note "ran")
  end)

  if rawget(_G, "jit") then -- nginx has its own Lua, whichever runs the specs: once is enough
    it("is refused in every phase of nginx but init, where it is read once for all workers", function()
      local path = script "echo @; echo ran >> $folder/ran"
      os.execute(("mkdir -m 755 %s/trusted && mv %s %s/trusted && chmod 755 %s"):format(folder, path, folder, folder))
      local server = nginx.start { files = {
        ["try.lua"] = ([[return function(f)
          local fine, problem = pcall(require "signoff".secret.command, { "%s/trusted/program" })
          return fine and require "signoff".fingerprint(problem) or problem
        end]]):format(folder),
      }, http = [[
        init_by_lua_block { kept = require "try"() }
        init_worker_by_lua_block { init_worker = require "try"() }
      ]], server = [[
        location = /init { content_by_lua_block { ngx.say(kept) } }
        location = /init_worker { content_by_lua_block { ngx.say(init_worker) } }
        location = /content { content_by_lua_block { ngx.say(require "try"()) } }
        location = /access { access_by_lua_block { ngx.say(require "try"()) ngx.exit(200) } }
        location = /rewrite { rewrite_by_lua_block { ngx.say(require "try"()) ngx.exit(200) } }
        location = /timer { content_by_lua_block {
          local semaphore = require "ngx.semaphore".new()
          ngx.timer.at(0, function() said = require "try"() semaphore:post(1) end)
          semaphore:wait(10)
          ngx.say(said)
        } }
        location = /coroutine { content_by_lua_block { ngx.say(coroutine.wrap(require "try")()) } }
      ]] }
      assert.are.equal(signoff.fingerprint(CANARY), server:get "/init")
      for path_of, phase in pairs { init_worker = "init_worker", content = "content", access = "access", rewrite = "rewrite", timer = "timer",
        coroutine = "content" } do
        local said = server:get("/" .. path_of)
        assert(said:find(("secret.command cannot wait in nginx's phase '%s': call it in init_by_lua"):format(phase), 1, true), said)
      end
      assert.are.equal("ran", peer.read_file(folder .. "/ran"):gsub("\n", " "):match "^%s*(.-)%s*$")
      local log = server:log()
      assert(not log:find(CANARY, 1, true) and not log:find("unknown process", 1, true), log)
    end)
  end
end)

describe("the systems of the command", function()
  before_each(operator.fresh)
  after_each(operator.clean)

  local function with_secrets_of(program)
    local text, count = peer.read_file "examples/systems.lua":gsub("signoff%.secret%.env", ("function(name) return signoff.secret.command { %q, name } end")
      :format(operator.path "secret"))
    assert.are.equal(1, count)
    operator.write("systems.lua", text)
    operator.write("secret", "#!/bin/sh\n" .. program)
    os.execute("chmod 700 " .. operator.path "secret")
  end

  it("may have their secrets from one", function()
    local environment = os.getenv "SIGNOFF_SIMULATOR" .. "/environment"
    with_secrets_of((". %s\nprintenv \"$1\"\n"):format(environment))
    local status, output, words = operator.run("doctor", "unset CISCO_EM_APP_CERTIFICATE JDE_AIS_TOKEN ISYMPHONY_PASSWORD")
    assert(status == 0, output .. words)
  end)

  it("are not loaded where it fails, and say so", function()
    with_secrets_of("echo no @ >&2; exit 5\n")
    local status, _, words = operator.run "doctor"
    assert.are.equal(2, status)
    assert(words:find(("secret.command: %s: ended with exit status 5; it wrote"):format(operator.path "secret"), 1, true), words)
    assert(not words:find("no @", 1, true), words)
  end)
end)
