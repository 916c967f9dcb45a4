-- SPDX-License-Identifier: MIT
-- A site of five systems that nobody is ever asked of, and lists of people as files.
--
--    local site = require "spec.support.site"
--    local systems = site.systems { cisco_em = { column = "phone" } }
--    local path = site.file("person,cisco_em\nana,SEP1\n", "644")

local signoff = require "signoff"
local files = require "spec.support.files"

local site = {}

local NOBODY = "http://127.0.0.1:1"

local makers = {
  cisco_em = function() return { client = signoff.cisco_em { url = NOBODY, app_id = "a", app_certificate = "c" } } end,
  isymphony = function()
    local client = signoff.isymphony { url = NOBODY, username = "u", password = "p" }
    return { client = client, status = { name = "Gone home", type = "unavailable" } }
  end,
  agvance = function() return { client = signoff.agvance { url = NOBODY } } end,
  oracle_commerce = function() return { client = signoff.oracle_commerce { url = NOBODY } } end,
  jde_ais = function() return { client = signoff.jde_ais { url = NOBODY } } end,
}

--- The systems of a script: all five, or those named in `only`.
-- `changes` has members for some of them, by name.
function site.map(changes, only)
  local map = {}
  for kind, make in pairs(makers) do
    if not only or only[kind] then
      map[kind] = make()
      for member, value in pairs(changes and changes[kind] or {}) do
        map[kind][member] = value
      end
    end
  end
  return map
end

--- The same, checked.
function site.systems(changes, only)
  return require("signoff.offboard.systems").check(site.map(changes, only))
end

local made = {}

--- Writes a file that `site.clean` removes; only its owner may read it, unless `mode` says otherwise.
function site.file(text, mode)
  local path = os.tmpname()
  made[#made + 1] = path
  files.write(path, text)
  os.execute(("chmod %s '%s'"):format(mode or "600", path))
  return path
end

--- Removes what was written: for after_each.
function site.clean()
  for i, path in ipairs(made) do
    os.remove(path)
    made[i] = nil
  end
end

return site
