-- SPDX-License-Identifier: MIT
--- The rules of proof, switched off one by one: a checker that does not notice proves nothing. Those of the model
-- (spec/support/model/rules.lua), and those of what no model has: options, identities, replies, cookies.

local files = require "spec.support.files"
local rules = require "spec.support.model.rules"

local switched_off = {}

local MODEL = "signoff.signout."

-- Each with a part of a source, and what stands there instead.
local more = {
  { rule = "A5", name = "a function that has no answer names no target", file = "signoff.offboard.executor.expand", was = "elseif type(problem) == \"string\" or (value == nil and problem ~= nil) then", is = "elseif false then" },
  { rule = "A6", name = "another tenant will do", file = "signoff.offboard.identity", was = "  if type(planned) ~= \"table\" then", is = "  if true then\n    return nil\n  elseif type(planned) ~= \"table\" then" },
  { rule = "L4", name = "what a cache kept counts", file = "signoff.signout.observe", was = "  elseif answer.stale then", is = "  elseif false then" },
  { rule = "L5", name = "a refused token is not asked for elsewhere", file = "signoff.signout.state_machine", was = "  return state.asked_elsewhere <= context.limits.nodes", is = "  return false" },
  { rule = "L5", name = "a token's cookie is not kept", file = "signoff.signout.observe", was = "overrides.cookie, overrides.node = cookie, asked", is = "overrides.cookie, overrides.node = nil, asked" },
  { rule = "V5", name = "the settle of the one in a hurry", file = "signoff.offboard.options", was = "  return given.settle or strictest", is = "  return given.settle or core.anchor(systems[#systems].client).profile.settle" },
  { rule = "V6", name = "who is skipped is out", file = "signoff.signout.verdict", was = "{ name = \"skipped\", settled = false, exit = 3,", is = "{ name = \"skipped\", settled = false," },
  { rule = "A2", name = "nearly a protected name is none", file = "signoff.offboard.plan.protect", was = "    if text and index:find(text) then", is = "    if text and index:find(text) == \"same\" then" },
}

local function changed(row)
  local text = files.read("lua/" .. row.file:gsub("%.", "/") .. ".lua")
  local first, last = text:find(row.was, 1, true)
  assert(first and not text:find(row.was, last, true), row.file .. ": does not have once: " .. row.was)
  return { [row.file] = text:sub(1, first - 1) .. row.is .. text:sub(last + 1) }
end

--- @treturn {table,...} `rule`, `name`, `texts`: of modules, by their names
function switched_off.list()
  local list = {}
  for _, row in ipairs(rules.mutants()) do
    local texts = {}
    for file, text in pairs(row.texts) do
      texts[MODEL .. file] = text
    end
    list[#list + 1] = { rule = row.rule, name = row.name, texts = texts }
  end
  for _, row in ipairs(more) do
    list[#list + 1] = { rule = row.rule, name = row.name, texts = changed(row) }
  end
  return list
end

--- Puts a changed module in its place, before anybody requires it.
function switched_off.install(row)
  for name, text in pairs(row.texts) do
    assert(not package.loaded[name], name)
    package.preload[name] = assert(load(text, "@" .. name)) -- by Lua 5.4
  end
end

return switched_off
