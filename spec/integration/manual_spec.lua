-- SPDX-License-Identifier: MIT
-- The pages of the manual and the completion say what the parser of the arguments takes, and nothing else.

local arguments = require "signoff.offboard.cli.arguments"
local child = require "spec.support.child"
local peer = require "spec.support.peer"

local page = peer.read_file "man/signoff-offboard.1.scd"

-- The text of a section of the page.
local function section(name)
  return (assert((page .. "\n# END\n"):match("\n# " .. name .. "\n(.-)\n# "), name))
end

local function sorted(set)
  local names = {}
  for name in pairs(set) do
    names[#names + 1] = name
  end
  table.sort(names)
  return table.concat(names, " ")
end

-- The commands that take each option, as argparse has them: `--settle` -> { apply = true, ... }.
local function options_of_parser()
  local parser, by_flag = arguments.parser(), {}
  local function add(owner, name)
    for _, option in ipairs(owner._options) do
      for _, flag in ipairs(option._aliases) do
        by_flag[flag] = by_flag[flag] or {}
        by_flag[flag][name] = true
      end
    end
  end
  for _, command in ipairs(parser._commands) do
    add(command, command._name)
  end
  add(parser, "none")
  return by_flag, parser
end

local function commands_of(parser)
  local set = {}
  for _, command in ipairs(parser._commands) do
    set[command._name] = true
  end
  return set
end

-- As the page has them. "all" is every command, "none" the line without one.
local function options_of_page(commands)
  local by_flag = {}
  for line in section "OPTIONS":gmatch "[^\n]+" do
    local takers = line:find "^%*%-" and assert(line:match " %(([a-z, ]+)%)$", line)
    for flag in (takers and line or ""):gmatch "%*(%-[%w-]+)%*" do
      by_flag[flag] = {}
      for name in takers:gmatch "%a+" do
        for command in pairs(name == "all" and commands or { [name] = true }) do
          by_flag[flag][command] = true
        end
      end
    end
  end
  return by_flag
end

describe("the page of the manual", function()
  local by_flag, parser = options_of_parser()
  local commands = commands_of(parser)
  by_flag["-h"].none, by_flag["--help"].none = nil, nil -- "all" is said of them

  it("has the options of the parser, each with the commands that take it", function()
    local of_page = options_of_page(commands)
    assert.equal(sorted(by_flag), sorted(of_page))
    for flag, takers in pairs(by_flag) do
      assert(sorted(takers) == sorted(of_page[flag]), ("%s: %s, and the page says: %s"):format(flag, sorted(takers), sorted(of_page[flag])))
    end
  end)

  it("has the commands of the parser", function()
    local named = {}
    for name in ("\n" .. section "COMMANDS"):gmatch "\n%*(%l+)%*" do
      named[name] = true
    end
    assert.equal(sorted(commands), sorted(named))
  end)

  it("has the exit statuses of the help", function()
    local said, named = {}, {}
    for status in (assert(parser:get_help():match "Exit status:(.-)After") .. ";"):gmatch "[ \n;](%d+) %l" do
      said[status] = true
    end
    for status in ("\n" .. section "EXIT STATUS"):gmatch "\n%*(%d+)%*" do
      named[status] = true
    end
    assert.equal("0 1 2 3 4 5 6 70", sorted(said))
    assert.equal(sorted(said), sorted(named))
  end)

  it("has the variables of the environment that the command reads, and no other", function()
    local read, named = { CREDENTIALS_DIRECTORY = true, TZ = true }, {} -- these two by their names in a list
    for path in peer.output_of "grep -rl getenv lua/signoff/offboard examples/offboard.lua":gmatch "[^\n]+" do
      for name in peer.read_file(path):gmatch 'getenv "([%u_]+)"' do
        read[name] = true
      end
    end
    for name in section "ENVIRONMENT":gsub("\\", ""):gmatch "%*([%u_]+)%*" do
      named[name] = true
    end
    assert.equal(sorted(read), sorted(named))
  end)

  it("has the variables of the program at the end", function()
    local said = section "THE PROGRAM AT THE END":gsub("\\", "")
    for name in peer.read_file "lua/signoff/offboard/cli/on_end.lua":gmatch '"(SIGNOFF_%u+)=' do
      assert(said:find("*" .. name .. "*", 1, true), name)
    end
  end)

  it("has the options of the systems' file", function()
    local systems, known = peer.read_file "man/signoff-systems.5.scd":gsub("\\", ""), {}
    for name in peer.read_file "lua/signoff/offboard/cli/config.lua":match "known_options = {(.-)\n}":gmatch "([%l_]+) = " do
      known[name] = true
    end
    assert(known.on_end and known.max_age)
    local listed = assert(systems:match "\n# OPTIONS\n(.-)\n# ")
    for name in pairs(known) do
      assert(listed:find("*" .. name .. "*", 1, true), name)
    end
  end)

  it("has every verdict, and no other", function()
    local journal, set = peer.read_file "man/signoff-journal.5.scd":gsub("\\", ""), {}
    for line in journal:match "\n# VERDICTS\n(.-)\n# ":gmatch "\n(%*[^\n]+)" do
      for name in line:gmatch "%*([%l_]+)%*" do
        set[name] = true
      end
    end
    local all = {}
    for _, name in ipairs(require("signoff.signout.verdict").names) do
      all[name] = true
    end
    assert.equal(sorted(all), sorted(set))
  end)
end)

describe("the completion of bash", function()
  it("is that of the parser", function()
    local made = peer.read_file "completion/signoff-offboard.bash"
    assert(made == peer.output_of(child.interpreter .. " tools/completion.lua") .. "\n", "run: make completion")
  end)

  -- The words in front of the one that is completed, that one, and what is offered.
  local rows = {
    { "", "re", "report resume" }, { "", "co", "config" }, { "apply plan", "--or", "--or-resume" }, { "apply", "--me", "--metrics" },
    { "report journal --format", "", "csv html json text" }, { "report journal --format", "j", "json" }, { "plan --no-targets", "", "fine" },
    { "init", "--js", "--json" }, { "plan --out", "a", "a b.csv,apply.plan" }, { "apply --people", "a\\ ", "a b.csv" },
    { "status", "--yes", "" }, { "doctor", "--metrics", "" },
  }
  for _, row in ipairs(rows) do
    it(("offers, behind '%s %s': %s"):format(row[1], row[2], row[3]), function()
      local folder = peer.directory()
      peer.write_file(folder .. "/a b.csv", "")
      peer.write_file(folder .. "/apply.plan", "")
      local root = peer.output_of "pwd"
      peer.write_file(folder .. "/script", ([[
compopt() { :; }
. %s/completion/signoff-offboard.bash
cd %s || exit
COMP_WORDS=(signoff-offboard %s "%s") COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
"$(complete -p signoff-offboard | sed 's/.*-F \([^ ]*\) .*/\1/')"
printf '%%s\n' "${COMPREPLY[@]}" | LC_ALL=C sort
]]):format(root, folder, row[1], row[2]:gsub("\\", "")))
      local offered = peer.output_of("bash --norc " .. folder .. "/script")
      local separator = row[3]:find(",", 1, true) and "," or row[3]:find(".csv", 1, true) and "" or " "
      local joined = offered:gsub("\n", separator)
      peer.stop_all()
      assert.equal(row[3], joined)
    end)
  end

  it("runs nothing of what a file is called, or of what somebody began to type", function()
    local folder = peer.directory()
    local names = { "$(touch ran)", "`touch ran`", "${x:=$(touch ran)}", "a;touch ran", "-n", "'", '"', "*", "~root", "\\" }
    for _, name in ipairs(names) do
      peer.write_file(folder .. "/" .. name, "")
    end
    peer.write_file(folder .. "/.script", ([[
compopt() { :; }
. %s/completion/signoff-offboard.bash
cd %s || exit
complete=$(complete -p signoff-offboard | sed 's/.*-F \([^ ]*\) .*/\1/')
for word in '' *; do
  COMP_WORDS=(signoff-offboard plan --out "$word") COMP_CWORD=3
  "$complete"
  if [ -z "$word" ]; then printf '%%s\n' "${COMPREPLY[@]}"; fi
done
COMP_WORDS=(signoff-offboard '$(touch ran)' '`touch ran`') COMP_CWORD=2
"$complete"
]]):format(peer.output_of "pwd", folder))
    local offered = "\n" .. peer.output_of("bash --norc " .. folder .. "/.script") .. "\n"
    local ran = peer.read_file(folder .. "/ran")
    peer.stop_all()
    assert.is_nil(ran)
    for _, name in ipairs(names) do
      assert(offered:find("\n" .. name .. "\n", 1, true), name .. offered)
    end
  end)
end)
