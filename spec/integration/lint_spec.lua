-- SPDX-License-Identifier: MIT
-- The scripts of `make lint`: lines that they must find, and similar ones that they must not.

local peer = require "spec.support.peer"

-- Whether the script finds something in a file of that kind with that text.
local function finds(script, kind, text)
  local path = peer.directory() .. "/code." .. kind
  peer.write_file(path, text .. "\n")
  local output = peer.output_of(("lua5.4 tools/%s %s 2>&1; echo $?"):format(script, path))
  assert(output:find "^[01]$" or output:find "\n1$", output)
  return output:match "%d$" == "1"
end

after_each(peer.stop_all)

describe("tools/locale.lua", function()
  local rows = {
    { "c", "if (!strcasecmp(a, b))", true }, { "c", "double x = strtod(text, &end);", true }, { "c", "so_arena_format(arena, \"%.14g\", x)", true },
    { "c", "byte = tolower(byte)", true }, { "c", "snprintf(text, 9, \"%5.2f\", x)", true }, { "c", "strerror(errno)", true },
    { "c", "so_number_write(text, sizeof text, \"%.14g\", x)" }, { "c", "printf(\"%s %zu %.0f\", text, size, x)" }, { "c", "/* not tolower(x) */" },
    { "lua", "local name = text:lower()", true }, { "lua", "string.upper(text)", true }, { "lua", "table.sort(names)", true },
    { "lua", "tonumber(text)", true }, { "lua", "text:match \"^%s*(.-)$\"", true }, { "lua", "local pattern = \"^%w+$\"", true },
    { "lua", "text:gsub(\"%c\", \"\")", true }, { "lua", "return (\"%.3f s\"):format(seconds)", true }, { "lua", "os.setlocale \"C\"", true },
    { "lua", "os.date(\"%c\")", true }, { "lua", "os.date(\"!%Y-%m-%d\", at)" }, { "lua", "core.lower(text)" }, { "lua", "table.sort(list, before)" },
    { "lua", "(\"%s: %d%%\"):format(name, share)" }, { "lua", "tonumber(digits, 16)" }, { "lua", "text:match \"^%d+[^ \\t-\\r]\"" },
    { "lua", "-- not text:lower()" },
  }

  it("finds what obeys the locale, and nothing else", function()
    for _, row in ipairs(rows) do
      assert(finds("locale.lua", row[1], row[2]) == (row[3] or false), row[2])
    end
  end)
end)

describe("tools/loops.lua", function()
  local rows = {
    { "for i = 1, 3 do i = i + 1 end", true }, { "for name in pairs(t) do\n  name = name:sub(1)\nend", true },
    { "for name in pairs(t) do if x then other, name = 1, 2 end end", true }, { "for i = 1, 2 do local f = function() i = 3 end end", true },
    { "for i = 1, 2 do for j = 1, 2 do i = j end end", true }, { "for i = 1, 2 do print 'x' i = 3 end", true },
    { "for i = 1, 2 do repeat i = 3 until true end", true }, { "for i = 1, 2 do while x do i = 3 end end", true },
    { "for _, name in pairs(t) do name = 1 end" }, { "for i = 1, 2 do local i = i; i = 3 end" }, { "for i = 1, 2 do end i = 3" },
    { "for i = 1, 2 do f(function(i) i = 3 end) end" }, { "for i = 1, 2 do t = { i = 3, j = { i = 4 } } end" },
    { "for i = 1, 2 do t.i = 3 t[i] = 4 end" }, { "for i = 1, 2 do if i == 3 then end end" }, { "for i = 1, 2 do -- i = 3\nend" },
    { "for i = 1, 2 do print 'i = 3' print [[\ni = 3]] end" }, { "for i in f() do for _, i in g() do i = 1 end end" },
  }

  it("finds what Lua 5.5 does not compile, and nothing else", function()
    for _, row in ipairs(rows) do
      assert(finds("loops.lua", "lua", row[1]) == (row[2] or false), row[1])
    end
  end)
end)

describe("tools/words.lua", function()
  local rows = {
    { "lua", "local lane = 1", true }, { "lua", "self.free_lane = 1", true }, { "lua", "local freeLane = 1", true }, { "lua", "x = 1 -- of the lane", true },
    { "lua", "--[[ a\nlane ]]", true }, { "lua", "session.hang_up()", true }, { "c", "/* a lane */", true }, { "c", "int lane_count;", true },
    { "sh", "lane=1", true }, { "sh", "# of a lane", true }, { "md", "```\nlocal lane = 1\n```", true },
    { "lua", "return 'a lane'" }, { "lua", "return [[a\nlane]]" }, { "lua", "local planes = 1" }, { "lua", "-- hang up" }, { "c", "puts(\"a lane\");" },
    { "lua", "local in_flight = 1 -- in flight, a guard rail" }, { "lua", "return \"\\\"\", lane", true }, { "md", "a lane" }, { "sh", "echo 'a lane'" },
    { "lua", "-- What it does", true }, { "lua", "-- It does. Who calls, pays.", true }, { "c", "/* a\n   Whoever calls, pays. */", true },
    { "sh", "# What it does", true }, { "lua", "-- It says what it does" }, { "lua", "-- What does it do?" }, { "lua", "print 'What it does'" },
    { "lua", "-- A sentence with \"What\"" }, { "lua", "-- `a` What" },
  }

  it("finds retired words and comments that begin with What, and nothing else", function()
    for _, row in ipairs(rows) do
      assert(finds("words.lua", row[1], row[2]) == (row[3] or false), row[2])
    end
  end)

  it("finds them in names of files and in titles of specs", function()
    local folder = peer.directory()
    for name, text in pairs { ["free-lane.http"] = "", ["plain.lua"] = "", ["x_spec.lua"] = "it('has a lane', f)", ["y_spec.lua"] = "describe(\"the lane\", f)" } do
      peer.write_file(folder .. "/" .. name, text)
      assert.matches("^[^\n]+ is retired[^\n]*\n1$", peer.output_of(("lua5.4 tools/words.lua %s/%s 2>&1; echo $?"):format(folder, name)))
    end
    peer.write_file(folder .. "/z_spec.lua", "it('is plain', function() f 'a lane' end)")
    assert.equal("0", peer.output_of(("lua5.4 tools/words.lua %s/z_spec.lua 2>&1; echo $?"):format(folder)))
  end)
end)

describe("tools/pages.lua", function()
  local long = ("word "):rep(25)
  local rows = {
    { long, true }, { "| " .. long .. "|" }, { "[word](https://example/" .. long:gsub(" ", "-") .. ")" },
    { ("x\n"):rep(400) .. "x", true }, { ("x\n"):rep(399) .. "x" }, { "<!-- Generated -->\n" .. ("x\n"):rep(400) },
    { "[word](nowhere.md)", true }, { "[word](#nowhere)", true }, { "# Some `words`, here\n[word](#some-words-here)" },
    { "```\n# nowhere\n```\n[word](#nowhere)", true }, { "`[word](nowhere.md)`" }, { "[word](code.md)" },
    { "What it does is this.", true }, { "This. Who calls, pays.", true }, { "* Whoever calls, pays.", true }, { "| What it does |", true },
    { "It says what it does." }, { "What does it do?" }, { "No sentence begins with \"What\"." }, { "```\nWhat it does\n```" },
  }

  it("finds what is long, leads nowhere or begins with What, and nothing else", function()
    for _, row in ipairs(rows) do
      assert(finds("pages.lua", "md", row[1]) == (row[2] or false), row[1])
    end
  end)
end)

describe("tools/api.lua", function()
  local root = peer.output_of "pwd"

  local function in_copy(copy, command)
    return peer.output_of(("cd %s && %s 2>&1; echo $?"):format(copy, command))
  end

  it("names the pages that the types have left behind, and writes them", function()
    local copy = peer.directory()
    assert(os.execute(("cp -R --parents README.md docs lua/signoff/types.lua lua/signoff/offboard/types.lua lua/signoff/receiver/types.lua %s"):format(copy)))
    local check = ("lua5.4 %s/tools/api.lua check"):format(root)
    assert.are.equal("0", in_copy(copy, check))
    assert.are.equal("0", in_copy(copy, "sed -i 's/keys a request, 1 to 500/keys of one request, 1 to 500/' lua/signoff/types.lua"))
    local output = in_copy(copy, check)
    assert.matches("docs/api%.md is not", output)
    assert.matches("docs/systems/agvance%.md is not", output)
    assert.matches("\n1$", output)
    assert.are.equal("0", in_copy(copy, ("lua5.4 %s/tools/api.lua write && %s"):format(root, check)))
    assert.matches("keys of one request", peer.read_file(copy .. "/docs/systems/agvance.md"))
  end)
end)

describe("tools/layers", function()
  local root = peer.output_of "pwd"

  -- A line that is added to a file, and the problem that the script then prints; none where the line is allowed.
  local rows = {
    { "offboard/plan/plan", "local limit = kind == 'cisco_em' and 2", "plan%.lua:%d+ names cisco_em" },
    { "signout/driver", "-- as iSymphony does", "driver%.lua:%d+ names isymphony" },
    { "offboard/vendor", "-- JDE is another", "vendor%.lua:%d+ names jde" },
    { "offboard/vendor/agvance", "-- as Oracle Commerce does" },
    { "types", "---@field jde_ais string" },
    { "check", 'local upper = require "signoff.client"', "check%.lua %(base%) requires client %(client%)" },
    { "offboard/vendor/agvance", 'local upper = require "signoff.offboard.people.cells"', "requires offboard%.people%.cells %(people%)" },
    { "policy/backoff", "local now = core.now()", "backoff%.lua names core%.now" },
    { "another", "return {}", "another%.lua" },
    { "check", "-- nothing is wrong" },
  }

  for _, row in ipairs(rows) do
    it(("%s where %s has %s"):format(row[3] and "fails" or "passes", row[1], row[2]), function()
      local copy = peer.directory()
      assert(os.execute(("cp -R --parents lua spec/unit %s"):format(copy)))
      local path = ("%s/lua/signoff/%s.lua"):format(copy, row[1])
      local exists = io.open(path)
      local text = exists and peer.read_file(path) or ""
      if exists then
        exists:close()
      end
      peer.write_file(path, text .. row[2] .. "\n")
      local output = peer.output_of(("cd %s && lua5.4 %s/tools/layers; echo $?"):format(copy, root))
      assert.matches(row[3] or "0 failed", output)
      assert.matches((row[3] and "1" or "0") .. "$", output)
    end)
  end
end)
