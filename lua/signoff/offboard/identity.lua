-- SPDX-License-Identifier: MIT

--- The identity of a system: what names the tenant that its requests reach (rule A6). A plan and a journal carry it, and what
-- they say holds for no other.
--
-- Members: `url`, `path`, `nodes`, `proxy`, and the options by which its vendor's systems are told apart (see
-- `signoff.offboard.vendor`), each as the client has it, without credentials; `headers`: of each header by name the fingerprint
-- of its value; `changing`: the headers come from a function, and their values may be others next time; `control`: something that
-- needs the same login stands beside every absence.
-- @module signoff.offboard.identity

local core = require "signoff.core"
local vendor = require "signoff.offboard.vendor"

local identity = {}

-- A proxy may be written with its password.
local function without_credentials(text)
  return (text:gsub("^([A-Za-z][^:/]*://)[^/@]*@", "%1"):gsub("^[^/@]*@", ""))
end

local function text_of(value)
  local bytes = core.bytes(value) or tostring(value)
  return type(value) == "userdata" and core.fingerprint(value) or without_credentials(bytes)
end

local function prints_of(headers)
  local prints = {}
  for name, value in pairs(headers) do
    prints[core.lower(name)] = core.fingerprint(value)
  end
  return next(prints) and prints or nil
end

--- The identity of a client's system.
-- @param client
-- @treturn table
function identity.of(client)
  local kind, anchor = client:kind(), core.anchor(client)
  local options, facts = anchor.options, core.facts[kind]
  local found, system = { path = facts.path }, vendor.of(kind)
  for _, names in ipairs { { "url", "path", "proxy" }, system.tenant_options, system.route_options } do
    for _, name in ipairs(names) do
      found[name] = options[name] and text_of(options[name]) or found[name]
    end
  end
  for i, node in ipairs(options.nodes or {}) do
    found.nodes = (i > 1 and found.nodes .. " " or "") .. text_of(node)
  end
  local own = (facts.operations[facts.signs_out].excludes_own or {}).option
  found.control = (own and select(2, core.option(client, own)) or options.token ~= nil) and true or nil
  found.changing = anchor.headers and true or nil
  found.headers = prints_of(anchor.given_headers or options.headers or {})
  return found
end

local OTHER = "with another value of the header '%s'"
local CHANGING = OTHER .. ", which a function gives: a control must stand beside it (the client's session_id or token), or what names "
  .. "the tenant in fixed headers"

local function header_difference(planned, here)
  for name, print in pairs(planned.headers or {}) do
    local now = (here.headers or {})[name]
    if not now then
      return ("without the header '%s'"):format(name)
    elseif now ~= print and not (planned.changing and here.changing and here.control) then
      return (here.changing and CHANGING or OTHER):format(name)
    end
  end
  for name in pairs(here.headers or {}) do
    if not (planned.headers or {})[name] then
      return ("with the header '%s' besides"):format(name)
    end
  end
end

local listed = { url = true, path = true, nodes = true, proxy = true }

-- The names of the members that are texts: the address first, the route to it last.
local function names_of(planned, here)
  local known, own, names = {}, {}, { "url", "path" }
  for _, found in ipairs { planned, here } do
    for name, value in pairs(found) do
      if type(name) == "string" and type(value) == "string" and not listed[name] and not known[name] then
        known[name], own[#own + 1] = true, name
      end
    end
  end
  core.sort(own)
  for _, name in ipairs(own) do
    names[#names + 1] = name
  end
  names[#names + 1], names[#names + 2] = "nodes", "proxy"
  return names
end

--- The difference between two identities of one system.
-- @tparam ?table planned
-- @tparam table here
-- @treturn ?string the end of a sentence "it is ..."; nil where both name the same tenant
function identity.difference(planned, here)
  if type(planned) ~= "table" then
    return "not said of which tenant: the plan or journal is of an older signoff, which did not note it"
  end
  for _, name in ipairs(names_of(planned, here)) do
    if planned[name] ~= here[name] then
      return ("with %s %s, not %s, here"):format(name, tostring(here[name] or "none"), tostring(planned[name] or "none"))
    end
  end
  return header_difference(planned, here)
end

-- One spelling of an address: scheme and host in small letters, without the scheme's own port and slashes at the end.
local function plain_url(url)
  local scheme, place, rest = url:match "^([A-Za-z][A-Za-z0-9+.-]*)://([^/]*)(.*)$"
  if not scheme then
    return url
  end
  scheme, place = core.lower(scheme), core.lower(place)
  local own_port = scheme == "https" and ":443$" or ":80$"
  return scheme .. "://" .. place:gsub(own_port, "") .. rest:gsub("/+$", "")
end

--- One text for one tenant: entries with the same one reach the same system (rule A3). It says less than the identity: a proxy,
-- a node or a version is another route to the same system.
-- @tparam string kind of the system
-- @tparam table found its identity
-- @treturn string
function identity.digest(kind, found)
  local parts = { plain_url(found.url or ""), ((found.path or ""):gsub("/+$", "")) }
  for _, name in ipairs(vendor.of(kind).tenant_options) do
    parts[#parts + 1] = found[name] and name .. "=" .. found[name]
  end
  for name, print in pairs(found.changing and {} or found.headers or {}) do
    parts[#parts + 1] = "header " .. name .. "=" .. print
  end
  core.sort(parts)
  return core.sha256(table.concat(parts, "\n"))
end

return identity
