-- SPDX-License-Identifier: MIT

--- The targets of a system in Lua: the arguments by which its operations take them, and how a cell of the people's list holds one.
--
-- `"text"`: one text, which may be shown. `"token"`: one secret. Or named members, of which the first tells the target: a secret one is
-- called `token`, another one without a secret belongs to it (a cell holds both, see `read`); a member that is a `route` says how to get
-- there only.
-- @module signoff.system.target

local shape = require "signoff.system.shape"
local Text = require "signoff.text"

local target = {}

local short = {
  text = { members = { { name = "target", required = true } } },
  token = { members = { { name = "token", secret = true } } },
}

local wanted = { members = "table!", read = "function", write = "function", duplicate_advice = "text" }
local wanted_member = { name = "name!", secret = "boolean", required = "boolean", route = "boolean", what = "text" }

local function check_members(where, given)
  shape.list(where, "target.members", given.members, wanted_member)
  local first = given.members[1]
  if not first then
    shape.refuse(where, "'target.members' is empty")
  elseif first.secret and first.name ~= "token" then
    shape.refuse(where, "'target.members': the first one is a secret, and must be called 'token', not '%s'", first.name)
  end
  local seen = {}
  for i, member in ipairs(given.members) do
    if seen[member.name] then
      shape.refuse(where, "'target.members' has '%s' twice", member.name)
    elseif i > 1 and member.secret and not member.route then
      shape.refuse(where, "'target.members': '%s' is a secret behind the first member, and no route", member.name)
    end
    seen[member.name] = true
  end
end

-- The member that belongs to a token; nil for none.
local function bound_of(where, members)
  local bound
  for i = 2, #members do
    if not members[i].route then
      if bound then
        shape.refuse(where, "'target.members': two belong to a token, '%s' and '%s'", bound, members[i].name)
      end
      bound = members[i].name
    end
  end
  return bound
end

--- Checks the member `target` of a definition.
-- @tparam string where
-- @param given
-- @treturn table `members`, `secret`, `single` (it is one text), `bound`, `read`, `write`, `duplicate_advice`
function target.check(where, given)
  if type(given) == "string" and not short[given] then
    shape.refuse(where, "'target' is '%s': neither \"text\" nor \"token\", nor a table of members", Text.short(given))
  elseif type(given) ~= "string" and type(given) ~= "table" then
    shape.refuse(where, "'target' must be \"text\", \"token\" or a table, not %s", type(given))
  end
  given = short[given] or given
  shape.members(where .. ": 'target'", given, wanted)
  check_members(where, given)
  local secret = given.members[1].secret or false
  local single = #given.members == 1
  if single and not secret and (given.read or given.write) then
    shape.refuse(where, "'target.read' and 'target.write' are for targets of several members, and tokens")
  elseif not single and not given.read then
    shape.refuse(where, "'target.read' is missing: what makes named members of the text of a cell")
  elseif not single and not secret and not given.write then
    shape.refuse(where, "'target.write' is missing: what makes the text of a cell of named members")
  end
  return {
    members = given.members, secret = secret, single = single, bound = secret and bound_of(where, given.members) or nil,
    read = given.read, write = given.write, duplicate_advice = given.duplicate_advice,
  }
end

-- Arguments

--- The parameters of an operation that takes targets.
-- @tparam table form as `check` gives it
-- @tparam boolean several a list of them
-- @tparam function is_option whether the client has an option of that name
-- @treturn {table,...} parameters
-- @treturn number how many are positional, as facts have it
function target.parameters(form, several, is_option)
  local first = form.members[1]
  if several then
    return { { name = first.name .. "s", type = "list", required = true, what = first.what } }, 1
  end
  local list = {}
  for i, member in ipairs(form.members) do
    local required = member.required or i == 1
    list[i] = {
      name = member.name, type = "string", secret = member.secret, route = member.route, what = member.what,
      required = required and not is_option(member.name) or nil,
    }
  end
  return list, form.single and 1 or -1
end

local function missing(name, own, is_option)
  if own then
    return ("argument '%s' is missing, and the client has no option '%s'"):format(name, name)
  elseif is_option(name) then
    return ("argument '%s' is missing; the client's own is taken where there is no argument at all, or the option 'own' says so"):format(
      name)
  end
  return ("argument '%s' is missing"):format(name)
end

--- The target as `build` and `read` get it: a text, a table of members, or a list of texts.
-- @tparam table form
-- @tparam table operation `arguments`
-- @tparam table arguments as the core has read them
-- @tparam boolean own the client's own one is meant
-- @tparam table options of the client
-- @tparam function is_option whether the client has an option of that name
-- @treturn ?string|table nil and what is wrong
function target.given(form, operation, arguments, own, options, is_option)
  if operation.arguments[1].type == "list" then
    local list = arguments[operation.arguments[1].name]
    return type(list) == "table" and list or { list }
  end
  local found = {}
  for i, member in ipairs(form.members) do
    local value = arguments[member.name]
    if i == 1 and value ~= nil and own then
      return nil, ("argument '%s' and option 'own' exclude each other"):format(member.name)
    elseif value == nil and own then
      value = options[member.name]
    end
    if value == nil and i == 1 then
      return nil, missing(member.name, own, is_option)
    end
    found[member.name] = value
  end
  return form.single and found[form.members[1].name] or found
end

return target
