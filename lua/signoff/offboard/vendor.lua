-- SPDX-License-Identifier: MIT

--- The vendors: for each kind of system the facts that only offboarding needs, a table in `signoff.offboard.vendor.NAME`. Those of a
-- system that is described in Lua follow from its definition, and have the same shape.
--
-- `target` says what names a session, and how a cell of the list holds it:
--
-- * `key`: the member that a target is told by, `device`, `key`, `user` or `token`; `token` where the facts say that the argument
--   of the sign-out is secret. A plan keeps these members, and `token` as a fingerprint.
-- * `bound`: what the argument that belongs to a token is called, such as `device`; in a cell given in parts it may be missing. A target
--   has it as `device`.
-- * `read(text)`: the target in one text of a cell, which may be a secret; or nil and what is wrong, without the text. Without it
--   the whole text is the target. `user:NAME` and `?` are read before.
-- * `write(target)`: the text again; without it that is the target's `key`.
-- * `argument(target)`: what the client's methods take for it, where that is neither the member `key` nor a token.
-- * `duplicate_advice`: what to do about a target that stands twice in a list.
--
-- `resolve` is there where `user:NAME` may stand in a cell, and the facts have an operation that finds people:
--
-- * `target_at(id, name)`: the target at the device, or with the key, where NAME was found.
-- * `optional`: the message for `user:NAME?`, whom the system does not know; or `never_optional`: why a list cannot have
--   `user:NAME?` there, and what to write.
--
-- `tenant_options` and `route_options` list the client's own options that tell systems of this kind apart: those that name the
-- tenant, and those that name a route to it. A plan holds for a system where all of them are the same.
--
-- `limits`: `concurrency` (requests at once, 8) and `per_minute` (changes; not paced), unless the site says otherwise.
--
-- `doctor`: the reading `operation` with its `arguments` that shows that the credentials work, what its success `shows`, and
-- `remark(answer)`, a warning or nil. A system of tokens needs none: it is asked for a token that never was.
--
-- `init`: the entry of such a system in the file that the command `init` prints: Lua, with what the site must know beside each line.
-- `FILL-IN` stands where the site must say something.
--
-- Facts that clients need as well stand in `core.facts`: operations and their evidence, who is in, how names are compared, what
-- is to be done by hand.
-- @module signoff.offboard.vendor

local check = require "signoff.check"
local core = require "signoff.core"
local lazy = require "signoff.lazy"
local Text = require "signoff.text"

local vendor = {}

local LIMITS, NONE = { concurrency = 8 }, {}

-- The reader of a system whose cells hold the target as it is.
local function whole_text(key, secret)
  return function(text)
    local problem = secret and check.token(text)
    if problem then
      return nil, problem
    end
    return { [key] = text }
  end
end

local describe

--- Sets what describes further systems, such as the systems' file of the command: it is called once, before a kind is said to be unknown.
-- @tparam function f returns nothing; or what is wrong
function vendor.learn_by(f)
  describe = f
end

local function learn()
  local f = describe
  describe = nil
  return f and f()
end

--- Whether a kind of system is known. Plans and journals may have others: of a later signoff, or of a system that a script describes.
-- @tparam string name the system's
-- @tparam string kind
-- @treturn ?string nil, or the end of a sentence that begins with the plan or the journal
function vendor.misfit(name, kind)
  local problem = core.facts[kind] == nil and learn() or nil
  return core.facts[kind] == nil and ("names '%s', of a kind (%s) that this signoff does not know; use the signoff that wrote it, or "
    .. "load the script that describes that system%s"):format(Text.short(name), Text.short(kind), problem and ": " .. problem or "") or nil
end

local function complete(kind)
  local facts = core.facts[kind]
  if not facts then
    core.raise(("signoff.offboard: no system of the kind '%s' is known"):format(Text.short(kind)))
  end
  local own = facts.offboarding or lazy.require("signoff.offboard.vendor." .. kind)
  local target = own.target
  local secret = facts.operations[facts.signs_out].arguments[1].secret or false
  return {
    target = {
      key = target.key, bound = target.bound, secret = secret, fold = facts.comparison.target == "folded",
      read = target.read or whole_text(target.key, secret), write = target.write,
      duplicate_advice = target.duplicate_advice, argument = target.argument,
    },
    resolve = own.resolve, limits = own.limits or LIMITS, doctor = own.doctor, init = own.init,
    tenant_options = own.tenant_options or NONE, route_options = own.route_options or NONE,
  }
end

local known = {}

--- The facts of a kind of system, with what is not said filled in.
-- @tparam string kind that `core.facts` has
-- @treturn table `target`, which also has `secret` and `fold` (texts in different case are the same target); `resolve`;
-- `tenant_options`; `route_options`; `limits`; `doctor`; `init`
function vendor.of(kind)
  local found = known[kind]
  if not found then
    found = complete(kind)
    known[kind] = found
  end
  return found
end

return vendor
