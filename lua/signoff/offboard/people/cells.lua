-- SPDX-License-Identifier: MIT

--- Splits a cell into targets: `;` stands between them, `\;` for a real one.
-- @module signoff.offboard.people.cells

local core = require "signoff.core"
local is_list = require("signoff.list").is_list
local json = require "signoff.json"
local Text = require "signoff.text"

local cells = {}

--- Whether a value is a secret.
function cells.is_secret(value)
  return type(value) == "userdata" and core.bytes(value) ~= nil
end

local function described(value)
  return value == json.null and "null" or "a " .. type(value)
end

local function append(texts, text)
  text = Text.trim(text)
  if text ~= "" then
    texts[#texts + 1] = text
  end
end

local readers = {}

function readers.string(value, texts)
  if value:find("\0", 1, true) then
    return "holds a NUL byte"
  elseif not value:find(";", 1, true) then
    return append(texts, value)
  end
  for piece in (value:gsub("\\;", "\0") .. ";"):gmatch "([^;]*);" do
    append(texts, (piece:gsub("%z", ";")))
  end
end

-- A target in parts (`{token =, device =}`), or a list; an element is one target as it stands.
function readers.table(value, texts)
  if value.token ~= nil then
    texts[#texts + 1] = value
    return
  end
  if not is_list(value) then
    return "is a table that is no list of targets"
  end
  for i, element in ipairs(value) do
    if type(element) == "string" then
      append(texts, element)
    elseif cells.is_secret(element) or (type(element) == "table" and element.token ~= nil) then
      texts[#texts + 1] = element
    else
      return ("element %d is %s, where a text must stand"):format(i, described(element))
    end
  end
end

function readers.userdata(value, texts)
  if not cells.is_secret(value) then
    return "is neither a text nor a secret"
  end
  texts[#texts + 1] = value
end

--- The targets in a cell, not yet understood.
-- @param value a text; a secret; `{token =, device =}`; or a list of these, where each element is one target as it stands
-- @treturn ?{string|secret|table,...} nil and what is wrong
function cells.split(value)
  local texts, read = {}, readers[type(value)]
  if value == nil then
    return texts
  elseif not read then
    return nil, ("is %s, where a text or a list must stand"):format(described(value))
  end
  local wrong = read(value, texts)
  if wrong then
    return nil, wrong
  end
  return texts
end

return cells
