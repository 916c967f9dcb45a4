--- How Agvance's spoiled lists (JSON) show that they are. `row` of the fault is the key of the row that is spoiled.
local marks = require "marks"

local USER = "somebody.else"

--- Changes the row with that key: `change(row)` takes its text without braces, and gives what stands in its place.
local function row(change)
  return marks.body(function(old, _, lie)
    local member = ('"SessionLogKey":"%s"'):format(lie.row or "")
    return (old:gsub("{[^{}]*}", function(text)
      return text:find(member, 1, true) and change(text:sub(2, -2), lie) or nil
    end))
  end)
end

local function key(value)
  return row(function(text) return "{" .. text:gsub('"SessionLogKey":"[^"]*"', '"SessionLogKey":' .. value) .. "}" end)
end

local found = marks.json("ExceptionMessage", "Object reference not set to an instance of an object.")

return {
  error_beside = found.error_beside,
  keyless = key "null", key_blank = key '""', key_number = key "17",
  userless = row(function(text) return "{" .. text:gsub('"UseriD":"[^"]*"', '"UseriD":null') .. "}" end),
  doubled = row(function(text, lie)
    return "{" .. text .. "},{" .. text:gsub('"UseriD":"[^"]*"', ('"UseriD":"%s"'):format(lie.user or USER)) .. "}"
  end),
  two_users = row(function(text, lie) return ('{%s,"UseriD":"%s"}'):format(text, lie.user or USER) end),
  two_keys = row(function(text) return ('{%s,"SessionLogKey":"OTHER"}'):format(text) end),
  -- A whole list, of another login: our own session is not in it either.
  other_login = marks.body(function(old)
    return (old:gsub('"APIUsers":%[.*%]', '"APIUsers":[]'):gsub('"Count":"%d+"', '"Count":"0"'))
  end),
  count = marks.body(function(old, now)
    local counted, true_count = old:match '"Count":"(%d+)"', now:match '"Count":"(%d+)"'
    if counted == true_count then true_count = true_count + 1 end
    return (old:gsub('"Count":"%d+"', ('"Count":"%d"'):format(true_count)))
  end),
}
