-- SPDX-License-Identifier: MIT
-- Whose files are acted upon: every location of spec/integration/trust/locations.lua with every kind of spec/integration/trust/kinds.lua, as root and as another user.

local child = require "spec.support.child"
local kinds = require "spec.integration.trust.kinds"
local peer = require "spec.support.peer"
local locations = require "spec.integration.trust.locations"

local NOBODY, SOMEBODY = 65534, 65533

-- Makes the place of one cell; the functions that locations.lua speaks of.
local shell = [[
put() { install -o "${2:-$me}" -m "${3:-$usual}" "$content" "$1"; }
folder() { install -d -o "${2:-0}" -m "${3:-755}" "$1"; }
cell() { mkdir "$1"; cd "$1" || exit; content=$2 usual=$3; }
]]

local function usual(kind)
  return kind.private and "600" or kind.runs and "755" or "644"
end

-- Every place for every kind: in its own folder, as a shell makes them all.
local function make_cells(base, me, other)
  local cells, script = {}, { "set -e", "umask 022", ("me=%d other=%d"):format(me, other), shell }
  for _, kind in ipairs(kinds) do
    local bytes = ("%s/%s"):format(base, (kind.name:gsub(" ", "_")))
    peer.write_file(bytes, kind.bytes())
    for _, place in ipairs(locations) do
      local folder = ("%s/%d"):format(base, #cells + 1)
      script[#script + 1] = ("(cell %s %s %s; %s)"):format(folder, bytes, usual(kind), place.make)
      local path = place.path or "file"
      cells[#cells + 1] = { place = place, kind = kind, from = place.from and folder .. "/" .. place.from,
        path = (place.from or path:sub(1, 1) == "/") and path or folder .. "/" .. path }
    end
  end
  peer.write_file(base .. "/make", table.concat(script, "\n") .. "\n")
  assert(peer.output_of(("sh %s/make 2>&1; echo $?"):format(base)) == "0", "the locations cannot be made")
  return cells
end

local run_as = { [0] = "", [NOBODY] = ("setpriv --reuid %d --regid %d --clear-groups"):format(NOBODY, NOBODY) }

local function try(base, me, from, lines)
  local root = peer.output_of "pwd"
  peer.write_file(base .. "/cells", table.concat(lines, "\n") .. "\n")
  return peer.output_of(("export LUA_PATH='%s/?.lua;'\"$LUA_PATH\"; cd %s && %s timeout 300 %s %s/spec/integration/trust/try.lua %s/cells 2>&1"):format(
    root, from, run_as[me], child.interpreter, root, base))
end

-- One process for all that stand anywhere, and one for each that wants to be started somewhere.
local function use_cells(base, me, cells)
  local anywhere, outputs = {}, {}
  for number, cell in ipairs(cells) do
    local line = ("%d\t%s\t%s"):format(number, cell.kind.name, cell.path)
    if cell.from then
      outputs[#outputs + 1] = try(base, me, cell.from, { line })
    else
      anywhere[#anywhere + 1] = line
    end
  end
  outputs[#outputs + 1] = try(base, me, base, anywhere)
  local output = table.concat(outputs, "\n") .. "\n"
  for number, answer, message in output:gmatch "(%d+)\t(%l+)\t?([^\n]*)\n" do
    cells[tonumber(number)].answer, cells[tonumber(number)].message = answer, message
  end
  assert(cells[#cells].answer, output)
end

local function is_trusted(cell, me)
  local place, kind = cell.place, cell.kind
  local hidden = place.roots and me ~= 0 and (kind.private or kind.writes)
  local locked = me ~= 0 and kind.writes and math.floor((place.mode or 128) / 128) % 2 == 0 -- 0200
  local open = kind.private and (place.mode or 0) % 64 ~= 0
  return place.trusted and not hidden and not locked and not open and (kind.follows or not place.link)
end

-- The table's words, where nothing that comes first has said another thing.
local function wanted_words(cell, me, other)
  local place, kind = cell.place, cell.kind
  local another = place.trusted or (kind.private and (place.mode or 0) % 64 ~= 0) or (place.link and not kind.follows)
    or (me ~= 0 and place.words:find "belongs") -- what is not for us to read is refused before that
  return not another and (place.words:gsub("%$other", tostring(other)))
end

local function check(cell, me, other)
  local what = ("%s: %s: %s"):format(cell.kind.name, cell.answer, cell.message)
  assert.are.equal(is_trusted(cell, me) and "yes" or "no", cell.answer, what)
  local words = wanted_words(cell, me, other)
  if cell.answer == "no" and words then
    local found = cell.message:find(words, 1, true) or (cell.place.other_words and cell.message:find(cell.place.other_words, 1, true))
    assert(found and cell.message:find(cell.path, 1, true), what)
    assert.is_nil(cell.message:find("IT RAN", 1, true), what)
  end
end

-- Whether another user gets at the module at all, and this one may make the files of others.
local function problem_with(me)
  if peer.output_of "id -u" ~= "0" then
    return "only root can make the files of others"
  elseif peer.output_of(("cd / && %s cat %s/lua/signoff.lua 2>/dev/null"):format(run_as[me], peer.output_of "pwd")) == "" then
    return "the checkout is closed to other users"
  end
end

for _, user in ipairs { { 0, "root", NOBODY }, { NOBODY, "nobody", SOMEBODY } } do
  local me, name, other = user[1], user[2], user[3]
  describe("as " .. name .. ", a file", function()
    local problem, cells = problem_with(me), {}

    setup(function()
      if not problem then
        local base = peer.directory()
        os.execute("chmod 755 " .. base)
        cells = make_cells(base, me, other)
        use_cells(base, me, cells)
      end
    end)

    teardown(peer.stop_all)

    for _, place in ipairs(locations) do
      it(("%s is %s"):format(place.name, place.trusted and "trusted" or "refused"), function()
        if problem then
          return pending(problem)
        end
        local count = 0
        for _, cell in ipairs(cells) do
          if cell.place == place then
            count = count + 1
            check(cell, me, other)
          end
        end
        assert.are.equal(#kinds, count)
      end)
    end
  end)
end
