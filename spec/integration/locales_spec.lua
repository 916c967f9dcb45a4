-- SPDX-License-Identifier: MIT
-- Bytes do not depend on the locale: that of the host, set before signoff is loaded, after, or in the middle of what it does.

local child = require "spec.support.child"
local locales = require "spec.support.locales"
local peer = require "spec.support.peer"

local everything = os.getenv "LOCALES" == "all"

local function rows_of(output)
  local rows, names = {}, {}
  for line in (output .. "\n"):gmatch "([^\n]*)\n" do
    local name, came = line:match "^([^\t]*)\t(.*)$"
    assert(name, output)
    rows[name], names[#names + 1] = came, name
  end
  return rows, names
end

describe("the bytes of all that signoff writes, reads and compares", function()
  local command = child.interpreter .. " spec/support/locale_rows.lua"
  local plain, names

  setup(function()
    plain, names = rows_of(peer.output_of("timeout 300 " .. command))
    assert(#names >= 40, "a row is missing")
    for _, name in ipairs(names) do
      assert(not plain[name]:find "^raised", plain[name])
    end
  end)

  for _, locale in ipairs(locales.list) do
    for _, when in ipairs(locales.fits(locale) and { "before", "after" } or {}) do
      it(("are the same in %s, set %s"):format(locale.name, when), function()
        local found = rows_of(locales.run(locale, when, command))
        for _, name in ipairs(names) do
          assert(found[name] == plain[name], ("%s: %s, and not %s"):format(name, tostring(found[name]), plain[name]))
        end
      end)
    end
  end
end)

-- Each Lua runs a part here, so that together they run all; LOCALES=all runs everything on each.
local german, turkish = locales.list[1], locales.list[2]
local parts = {
  ["lua5.4"] = { { german, "middle" }, { turkish, "after" } },
  ["lua5.1"] = { { german, "after" }, { turkish, "middle" } },
  luajit = { { german, "before" }, { turkish, "before" } },
}
local all = {}
for _, locale in ipairs { german, turkish } do
  for _, when in ipairs { "before", "after", "middle" } do
    all[#all + 1] = { locale, when }
  end
end

describe("the offboard specs", function()
  local specs = "spec/integration/offboard/{plan,planfile,people,targets,apply,systems}_spec.lua"
  for _, part in ipairs(everything and all or parts[child.interpreter] or parts["lua5.4"]) do
    local locale, when = part[1], part[2]
    it(("hold in %s, set %s"):format(locale.name, when), function()
      local output = locales.run(locale, when, ("bash -c '%s /usr/bin/busted --helper=spec/support/in_locale.lua --output=tools/report.lua %s'")
        :format(child.interpreter, everything and "spec/integration/offboard" or specs))
      assert(output:find "%d%d%d passed, 0 failed, 0 skipped$", output)
    end)
  end
end)

-- A decimal point may be noted by lua-cjson at any time, by anybody.
describe("JSON where lua-cjson noted another decimal point", function()
  local rows = {
    { "0.5", 0.5 }, { "-0.5", -0.5 }, { "1.5e3", 1500 }, { "1.25E-2", 0.0125 }, { "1.5e+2", 150 }, { "0.001", 0.001 },
    { "100.001", 100.001 }, { "0.0", 0 }, { "1795900308.1564", 1795900308.1564 }, { "0.1e-3", 1e-4 }, { "2.2250738585072014e-308", 2.2250738585072014e-308 },
    { "1.7976931348623157e308", 1.7976931348623157e308 }, { "9007199254740993.0", 9007199254740992 }, { "0.30000000000000004", 0.30000000000000004 },
    { "123456789012345678901234567890.123456789012345678901234567890", 1.2345678901234568e29 },
    { '"1.5"', "1.5" }, { '"\\"1.5"', '"1.5' }, { '"\\\\"', "\\" }, { "15", 15 }, { "1e5", 1e5 },
  }
  local code = [[
    os.setlocale(os.getenv "IN_LOCALE") require "cjson".new() local json = require "signoff.json"
    for line in io.lines(arg[1]) do os.setlocale "C"
      local value = json.decode("[" .. line .. "]") value = value and value[1]
      print(type(value) == "number" and ("%.17g"):format(value) or tostring(value)) end]]

  it("is read to the last bit", function()
    local folder = peer.directory()
    local texts, wanted = {}, {}
    for i, row in ipairs(rows) do
      texts[i], wanted[i] = row[1], type(row[2]) == "number" and ("%.17g"):format(row[2]) or row[2]
    end
    peer.write_file(folder .. "/code.lua", code)
    peer.write_file(folder .. "/texts", table.concat(texts, "\n") .. "\n")
    local output = locales.run(german, "before", ("%s %s/code.lua %s/texts"):format(child.interpreter, folder, folder))
    peer.stop_all()
    assert.are.equal(table.concat(wanted, "\n"), output)
  end)
end)
