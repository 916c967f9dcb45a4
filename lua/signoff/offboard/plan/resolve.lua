-- SPDX-License-Identifier: MIT

--- Resolves the targets of a plan, by reading only: who is where before anybody is signed out.
--
-- Each request asks for as many targets as one takes: `resolve.batches` cuts a list to that size. The findings are of now;
-- a run asks again. Members of a finding: `what` (for people), `state` (in the system's words), `user` (who is
-- there), `seen` (present), `targets` (of a name), `spelling` (a user who is nearly the one of the list); and `verdict`,
-- `code`, `message`: what it would come to if nothing changed, none when there is something to sign out.
-- @module signoff.offboard.plan.resolve

local core = require "signoff.core"
local observe = require "signoff.signout.observe"
local targets = require "signoff.offboard.people.target"
local vendor = require "signoff.offboard.vendor"

local resolve = {}

local function outlook(finding, verdict, message, code)
  finding.verdict, finding.message, finding.code = verdict, message, code
  return finding
end

-- The finding where somebody is there: the one of the list, one who is nearly that, or another one.
local function present(finding, seen, item, compare)
  finding.seen, finding.targets = true, item.find and seen.targets or nil
  if seen.own then
    return outlook(finding, "skipped", "this client's own session, which is never logged off")
  elseif item.find then
    return seen.keyless and outlook(finding, nil, seen.what) or finding
  elseif not seen.occupant then
    return outlook(finding, "unknown", seen.what, "unreadable")
  end
  local likeness = item.user and compare(seen.occupant, item.user) or "same"
  if likeness == "different" then
    return outlook(finding, "skipped", ("%s sits there, not %s"):format(seen.occupant, item.user))
  elseif likeness == "nearly" then
    finding.spelling = seen.occupant
    return outlook(finding, nil, ("'%s' sits there, which is nearly '%s': approving this plan says that it is the same person"):format(
      seen.occupant, item.user), "nearly")
  end
  return finding
end

local function absent(finding, seen)
  if seen.known or seen.cleared then
    return outlook(finding, "already_out", seen.what)
  end
  return outlook(finding, "unknown", seen.what .. ", and never seen present: its absence proves nothing", "never_seen")
end

-- The finding of one look at an item.
local function finding_of(kind, seen, item, compare)
  local finding = { what = seen.what, state = seen.state, user = seen.occupant }
  if seen.missing and item.optional then
    return outlook(finding, "skipped", vendor.of(kind).resolve.optional)
  elseif seen.missing then
    return outlook(finding, "failed", seen.message, "not_found")
  elseif seen.present then
    return present(finding, seen, item, compare)
  elseif seen.present == false then
    return absent(finding, seen)
  end
  return outlook(finding, "unknown", seen.what)
end

--- Whether a plan asks about targets of this kind: those that have an occupant. A run asks about tokens and settings.
-- @tparam string kind
-- @treturn boolean
function resolve.can_ask(kind)
  local question = observe.question(kind)
  return question.lists or question.listed or false
end

local function add_batches(batches, question, items, belongs)
  local batch
  for _, item in ipairs(items) do
    if belongs(item) then
      if not batch or #batch.items >= question.size then
        batch = { question = question, items = {} }
        batches[#batches + 1] = batch
      end
      table.insert(batch.items, item)
    end
  end
end

--- Lists of at most as many items as one request takes: those named first, then the others, unless one list answers for all.
-- @tparam string kind
-- @tparam {table,...} items
-- @treturn {table,...} batches: `question`, `items`
function resolve.batches(kind, items)
  local batches, direct, by_name = {}, observe.question(kind), observe.question(kind, true)
  if direct.lists then
    add_batches(batches, direct, items, function() return true end)
    return batches
  end
  add_batches(batches, by_name, items, function(item) return item.find end)
  add_batches(batches, direct, items, function(item) return not item.find end)
  return batches
end

local function about(client, item, compare, has_own)
  local kind = client:kind()
  local target = targets.of_item(item)
  return {
    id = targets.id(kind, target), argument = item.find or targets.argument(kind, target), by_name = item.find ~= nil,
    person = item.person, user = item.user, compare = compare, has_own = has_own,
  }
end

--- Makes one request, and gives what it shows of each item.
-- @param client
-- @tparam table batch
-- @treturn ?{table,...} findings; nil, message, code, detail
function resolve.ask(client, batch)
  local kind = client:kind()
  local compare, facts, list = observe.comparison(kind), core.facts[kind], {}
  local own = (facts.operations[facts.signs_out].excludes_own or {}).option
  for i, item in ipairs(batch.items) do
    list[i] = about(client, item, compare, own ~= nil and select(2, core.option(client, own)) ~= nil)
  end
  local found, failure = observe.look(client, batch.question, list, { now = core.now, time = core.time })
  if failure then
    return nil, failure.message, failure.code, failure
  end
  local findings = {}
  for i, seen in ipairs(found) do
    findings[i] = finding_of(kind, seen, batch.items[i], compare)
  end
  return findings
end

return resolve
