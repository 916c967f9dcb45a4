-- SPDX-License-Identifier: MIT
--- iSymphony's panels of made worlds: what they show.


local panels = { name = "isymphony", act = "set_status", reads = { "status" }, marks = { "error_beside", "doubled" } }

--- The status that a run sets.
panels.wanted = { name = "Gone home", type = "unavailable", note = "left" }

function panels.start()
  return { users = {}, settings = {} }
end

local function new_user(world, name, status)
  local users = world.state.isymphony.users
  users[#users + 1] = { user_name = name, status = status, logins = {} }
  return name
end

function panels.cell(world, person)
  if not world.honest and world:chance(0.1) then
    new_user(world, person, panels.wanted)
  elseif world.honest or world:chance(0.9) then
    new_user(world, person, { name = "Away", type = "away", note = "" })
  end
  return { system = "isymphony", text = person, claims = {
    { system = "isymphony", person = person, who = person, shown = person, target = person, wanted = panels.wanted },
  } }
end

function panels.move(world, claim)
  local status = world:pick { { name = "Available", type = "available" }, { name = "Gone home", type = "away", note = "left" }, panels.wanted }
  return { isymphony = { users = { { user_name = claim.who, status = status, logins = {} } } } }
end

function panels.hide(_, claim)
  return { isymphony = { users = { { user_name = claim.who, status = panels.wanted, logins = {} } } } }
end

function panels.show() end

function panels.aim(claim)
  return claim.target
end

function panels.spoil() end

panels.lies = { { fault = "still_there" }, { fault = "reborn" }, { fault = "status_ignored" } }

function panels.call(claim)
  return claim.target, { status = panels.wanted }
end

return panels
