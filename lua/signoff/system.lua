-- SPDX-License-Identifier: MIT

--- Systems that are described in Lua: `signoff.system(definition)` returns a constructor like those of the systems that the module has.
-- Its clients have all that the others' have: options, TLS, deadlines, sent once, masks, log; in nginx, in the loop, in a dialplan;
-- `verify`, `signout`, and a place in `systems` of offboarding.
--
-- `build(client, target)` makes a request, or gives nil and why this target cannot be sent; `read(reply, target)` makes the answer of its
-- reply. Both are plain Lua, and run where they
-- cannot wait. `client.options` has the options, secrets among them as texts. `reply` has `status` (HTTP), `body` (JSON as lua-cjson
-- decodes it, XML as `fields` has it; an empty table where there is none) and `format` (`"json"`, `"xml"`, `"none"`). It is a success, or a
-- refusal whose body is an object: redirects, pages and what is hostile or broken are failures before.
-- @module signoff.system

local answer = require "signoff.system.answer"
local client = require "signoff.client"
local context = require "signoff.async.context"
local core = require "signoff.core"
local definition = require "signoff.system.definition"
local description = require "signoff.system.description"
local request = require "signoff.system.request"
local target = require "signoff.system.target"

-- The status that is to be set, out of the arguments of `set_status`.
local function status_of(self, name, arguments)
  if name == "set_status" and self.evidence == "setting" then
    local at = arguments.return_at
    return { name = arguments.name, type = arguments.type, note = arguments.note, return_time = arguments.return_time or at and at * 1000 }
  end
end

local function given(self, operation, arguments, own, options)
  if #operation.arguments == 0 then
    return nil
  elseif self.resolve and self.resolve.operation == operation.name then
    local users = type(arguments.users) == "table" and arguments.users or { arguments.users }
    return operation.batch_max > 1 and users or users[1]
  end
  return target.given(self.form, operation, arguments, own, options, self.is_option)
end

-- The functions that the core calls for each call; an error in them is the script's, and the core names system and operation.
local function hooks_of(self, operations)
  local hooks = { context = context }

  function hooks.build(name, view, arguments, own)
    local operation = operations[name]
    local about, problem = given(self, operation, arguments, own, view.options)
    if problem then
      return nil, problem
    end
    local script = self.operations[name]
    if not script then
      return { method = "GET" } -- a look that is never sent
    end
    return request.shape(script.build(view, about, status_of(self, name, arguments)))
  end

  function hooks.read(name, reply, arguments, own, view, repeats)
    local operation = operations[name]
    local about = { body = reply.body, target = given(self, operation, arguments, own, view.options), client = view, repeats = repeats,
      known = self.known }
    return answer.shape(operation, self, about, self.operations[name].read(reply, about.target, view))
  end

  return hooks
end

-- A target of named members as it may be shown; others need no help.
local function shown_of(self)
  if self.form.single or self.form.secret then
    return nil
  end
  return function(about)
    return type(about) == "table" and self.form.write(about) or about
  end
end

--- Describes a system.
-- @tparam table given see `signoff.Definition`
-- @treturn function(options) that returns a client
-- @raise for a definition that is wrong, naming the system and the member
return function(given_definition)
  local self = definition.check(given_definition)
  local operations = {}
  local facts, methods = core.define(description.core(self), hooks_of(self, operations))
  for name, operation in pairs(facts.operations) do
    operations[name] = operation
  end
  facts.codes, facts.shown, facts.offboarding = self.codes, shown_of(self), description.offboarding(self)
  facts.tried_with = {
    target = { "status", self.evidence ~= "setting" and self.signs_out or nil }, name = { self.resolve and self.resolve.operation },
  }
  client.add(self.name, facts, methods)
  return client.constructor(self.name)
end
