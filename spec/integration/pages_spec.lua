-- SPDX-License-Identifier: MIT
-- The front page, its first pages in docs/, and the pages of examples/nginx, examples/freeswitch and examples/asterisk, followed word
-- by word in a fresh folder: every command and file of theirs, taken from the page. FreeSWITCH and Asterisk are hosts that do with paths and files as mod_lua and pbx_lua do;
-- tools/check-asterisk follows its page in a real one.

if not rawget(_G, "jit") then
  return -- which Lua runs the specs does not matter to a reader, and it takes a build of the module
end

local cjson = require "cjson"
local page = require "spec.support.page"
local peer = require "spec.support.peer"
local reader = require "spec.support.reader"
local simulated = require "spec.support.simulated"
local telephony = require "spec.support.telephony"

local function state_of_rita()
  local status = simulated.row("isymphony", "users", "user_name", "rita.stone").status
  return { simulated.row("cisco_em", "devices", "name", "SEP0011223344A1").user or "", type(status) == "table" and status.name or nil }
end

-- The answer of examples/nginx: systems come in any order.
local function sorted(text)
  local answer = cjson.decode(text)
  table.sort(answer.results, function(a, b)
    return a.system < b.system
  end)
  return answer
end

describe("a reader of", function()
  before_each(simulated.reset)

  teardown(function()
    peer.stop_all()
    simulated.reset()
  end)

  describe("the page of FreeSWITCH", function()
    local one, host, scripts, conf

    -- The answers of FreeSWITCH, as far as the page asks it; when it is started it reads its configuration.
    local FS_CLI = [[
[ "$1" = -x ] || exit 1
case $2 in
    'global_getvar mod_dir') echo ROOT/mod ;;
    'global_getvar script_dir') echo ROOT/scripts ;;
    'global_getvar conf_dir') echo ROOT/conf ;;
    'reloadxml') echo '+OK [Success]' ;;
    *) echo '-ERR no such command' ;;
esac
]]
    local SYSTEMCTL = "[ \"$*\" = 'restart freeswitch' ] && cp ROOT/conf/autoload_configs/lua.conf.xml ROOT/running.xml\n"
    local VANILLA = '<configuration name="lua.conf" description="LUA Configuration">\n  <settings>\n%s  </settings>\n</configuration>\n'

    local function played(text)
      return (text:gsub("ROOT", one.root))
    end

    -- The options of the host for what FreeSWITCH read when it was started; `changed` may change a value.
    local function options(changed)
      local words = {}
      local running = assert(peer.read_file(one.root .. "/running.xml"), "FreeSWITCH was not restarted")
      for name, value in running:gmatch '<param name="([%l-]+)" value="([^"]*)"/>' do
        value = value:gsub("%$%${script_dir}", scripts)
        words[#words + 1] = ("%s '%s'"):format(assert(({ ["script-directory"] = "-d", ["module-directory"] = "-m" })[name]), changed and changed(value) or value)
      end
      assert(#words > 0)
      return table.concat(words, " ")
    end

    -- Dials *56: the dialplan says which script.
    local function dial(variable, changed)
      local dialplan = peer.read_file(conf .. "/dialplan/default/signoff.xml")
      local expression = dialplan:match 'field="destination_number" expression="([^"]*)"'
      assert.are.equal("^\\*56$", expression)
      local script = dialplan:match 'application="lua" data="([^"]*)"'
      return reader.as_server(("%s -v %s %s %s/%s"):format(host, variable, options(changed), scripts, script))
    end

    setup(function()
      one = reader.new()
      scripts, conf = one.root .. "/scripts", one.root .. "/conf"
      assert(os.execute(("mkdir -p %s %s/mod %s/autoload_configs %s/dialplan/default"):format(scripts, one.root, conf, conf)))
      host = telephony.build(one.root .. "/mod", "lua5.3")
      assert(os.execute(("cp %s %s/mod/mod_lua.so"):format(host, one.root)))
      one:play("fs_cli", played(FS_CLI))
      one:play("systemctl", played(SYSTEMCTL))
      one:play("ps", ('[ "$*" = "-C freeswitch -o user=" ] && echo %s\n'):format(reader.server_user()))
      peer.write_file(conf .. "/autoload_configs/lua.conf.xml", VANILLA:format "")
      one:follow("examples/freeswitch/README.md", {
        xml = function(text)
          peer.write_file(conf .. "/autoload_configs/lua.conf.xml", VANILLA:format(text))
        end,
      })
      one:fill_in(scripts .. "/signoff_site.lua")
    end)

    it("is shown that its Lua is the one that the page builds for", function()
      local ldd = page.blocks("examples/freeswitch/README.md")[1].text
      assert.matches("liblua5%.3", one:run(ldd))
    end)

    it("hears that it is done, by a phone's name and by a caller's number", function()
      for _, variable in ipairs { "signoff_device=SEP0011223344A1", "caller_id_number=2001" } do
        simulated.reset()
        local output = dial(variable)
        assert(output:find("set signoff_outcome=out\n", 1, true), output)
        assert.are.same({ "", "Gone home" }, state_of_rita())
      end
    end)

    it("must end the path in ;; since it replaces Lua's own", function()
      local output = dial("signoff_device=SEP0011223344A1", function(value)
        return (value:gsub(";;$", ""))
      end)
      assert(output:find("module 'cjson' not found", 1, true), output)
      assert(output:find("set signoff_outcome=failed\n", 1, true), output)
    end)

    if reader.unprivileged() ~= "" then
      it("must give the files to FreeSWITCH's user", function()
        assert(os.execute(("chown root: %s/signoff_site.lua"):format(scripts)))
        local output = dial "signoff_device=SEP0011223344A1"
        assert(os.execute(("chown nobody: %s/signoff_site.lua"):format(scripts)))
        assert(output:find("set signoff_outcome=failed\n", 1, true), output)
      end)
    end
  end)

  describe("the page of Asterisk", function()
    local one, reloaded

    local ASTERISK = [[
[ "$1" = -rx ] || exit 1
case $2 in
    'module reload pbx_lua.so' | 'dialplan reload') echo "$2" >> ROOT/reloaded ;;
    *) echo "No such command '$2'"; exit 1 ;;
esac
]]

    setup(function()
      one = reader.new()
      local modules = one.root .. "/usr/lib/here/asterisk/modules"
      local running = one.root .. "/var/run/asterisk"
      assert(os.execute(("mkdir -p %s %s/etc/asterisk %s"):format(modules, one.root, running)))
      assert(os.execute(("touch %s/asterisk.ctl && chown %s %s/asterisk.ctl"):format(running, reader.server_user(), running)))
      assert(os.execute(("mv %s %s/pbx_lua.so"):format(telephony.build(one.root, "lua5.1"), modules)))
      one:play("asterisk", (ASTERISK:gsub("ROOT", one.root)))
      one:follow("examples/asterisk/README.md", {
        ini = function(text)
          peer.write_file(one.root .. "/etc/asterisk/extensions.conf", "[phones]\n" .. text)
        end,
      })
      one:fill_in(one.root .. "/etc/asterisk/signoff_site.lua")
      reloaded = peer.read_file(one.root .. "/reloaded")
    end)

    it("has its Lua named, the folders filled, and everything reloaded", function()
      assert.matches("liblua5%.1", one:run(page.blocks("examples/asterisk/README.md")[1].text))
      assert.are.equal("module reload pbx_lua.so\ndialplan reload\n", reloaded)
      assert.matches("include => signoff\n", peer.read_file(one.root .. "/etc/asterisk/extensions.conf"))
    end)

    it("hears that it is done, by a phone's name and by a caller's number", function()
      for _, variable in ipairs { "SIGNOFF_DEVICE=SEP0011223344A1", "'CALLERID(num)=2001'" } do
        simulated.reset()
        -- Lua's own folders below /usr/local are below the folder here.
        local lua_paths = ("LUA_PATH='%s/usr/local/share/lua/5.1/?.lua;;' LUA_CPATH='%s/usr/local/lib/lua/5.1/?.so;;'"):format(one.root, one.root)
        local output = reader.as_server(("env %s lua5.1 %s/spec/proofs/hosts/asterisk.lua %s %s/etc/asterisk/extensions.lua signoff '*56' %s"):format(
          lua_paths, peer.output_of "pwd", one.root, one.root, variable))
        assert(output:find("set SIGNOFF_OUTCOME=out\n", 1, true), output)
        assert.are.same({ "", "Gone home" }, state_of_rita())
      end
    end)
  end)

  describe("the front page", function()
    local one, at

    -- The script of the page for the simulator: its address, its CA, its phone; and it checks again sooner than after 10 s.
    local function filled_in(text)
      return (text:gsub("https://ucm%.example:8443", at.https):gsub("%-%- (ca_file = )[^,]+", ("%%1%q"):format(at.ca_file))
        :gsub('signout "SEP003094C25B15"', 'signout("SEP0011223344A1", { settle = 0.2 })'))
    end

    -- Runs commands of a page as somebody whose Lua searches the folder that is /usr/local here.
    local function run(text)
      local paths = ("export LUA_PATH='%s/usr/local/share/lua/5.4/?.lua;;' LUA_CPATH='%s/usr/local/lib/lua/5.4/?.so;;'\n"):format(
        one.root, one.root)
      return one:run(paths .. text:gsub("APP_CERTIFICATE=%.%.%.", "APP_CERTIFICATE=em-password"))
    end

    -- As `run`, with the settings of the simulator, as the page of the night operator has them, in a night of now.
    local function rehearse(text)
      local from, to = os.date("%H:%M", os.time() - 3600), os.date("%H:%M", os.time() + 7200)
      return run((". %s/environment\nexport SIGNOFF_CONFIG=examples/systems.lua CISCO_EM_PER_MINUTE=600\n"):format(os.getenv "SIGNOFF_SIMULATOR")
        .. text:gsub("%-%-not%-before 20:00 %-%-not%-after 06:00", ("--not-before %s --not-after %s"):format(from, to)))
    end

    local function commands_of(path)
      local list = {}
      for _, block in ipairs(page.blocks(path)) do
        list[#list + 1] = block.kind == "sh" and block.text or nil
      end
      return list
    end

    setup(function()
      at = dofile(os.getenv "SIGNOFF_SIMULATOR" .. "/addresses.lua")
      one = reader.new()
      one:play("signoff-offboard", ('exec %s/usr/local/bin/signoff-offboard "$@"\n'):format(one.root))
    end)

    it("installs the module, and has the first script say that she is out", function()
      local output
      for _, block in ipairs(page.blocks "README.md") do
        if block.kind == "lua" then
          peer.write_file(one.checkout .. "/signout.lua", filled_in(block.text))
        else
          output = run(block.text)
        end
      end
      assert.matches("\nended\tnothing is left to do$", output)
      assert.are.equal("", state_of_rita()[1])
    end)

    it("leads to the next one: scripts on the checkout, a simulator of one's own", function()
      local expected, commands = { "^signoff %d%S*$", "verdict: ended$" }, commands_of "docs/getting-started.md"
      assert.are.equal(#expected + 1, #commands)
      for i, pattern in ipairs(expected) do
        assert.matches(pattern, run(commands[i]))
      end
      -- The reader's own systems: the second command stops, and says what is left to fill in.
      local filled, said = pcall(run, commands[3])
      assert.is_false(filled)
      assert.matches("systems%.cisco_em%.url: is to be filled in.*%d+ left to fill in\nstatus 2$", said)
    end)

    it("leads to that of the night operator, and a night", function()
      assert(os.execute(("cd %s && install -m 600 examples/leavers.csv leavers.csv"):format(one.checkout)))
      local expected = { "cisco_em +clock +ok", "In all 42 targets", "Nothing was sent", "all +42 +32 +1 +9", "all +42 +32 +1 +9", "the chain holds", "9 status_set" }
      local followed = 0
      for _, text in ipairs(commands_of "docs/night-operator.md") do
        if not text:find("systemd-run", 1, true) then -- the nights that nobody attends: `make check-package` has one
          followed = followed + 1
          assert.matches(expected[followed], rehearse(text))
        end
      end
      assert.are.equal(#expected, followed)
    end)
  end)

  it("the page of nginx gets the answer that is shown", function()
    local one, commands, shown = reader.new(), {}, nil
    for _, block in ipairs(page.blocks "examples/nginx/README.md") do
      if block.kind == "sh" then
        commands[#commands + 1] = block.text
      else
        shown = sorted(block.text)
      end
    end
    local port = peer.free_port()
    local conf = one.checkout .. "/examples/nginx/nginx.conf"
    peer.write_file(conf, (peer.read_file(conf):gsub("127%.0%.0%.1:8088", "127.0.0.1:" .. port)))
    assert(os.execute(("[ -z '%s' ] || chown -R nobody: %s"):format(reader.unprivileged(), one.checkout)))
    local output = one:run((table.concat(commands, "\n"):gsub("127%.0%.0%.1:8088", "127.0.0.1:" .. port)), reader.unprivileged())
    assert.are.same(shown, sorted((assert(output:match "{.*}", output))))
  end)
end)
