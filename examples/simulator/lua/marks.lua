--- How a spoiled reply shows that it is one. Each takes the reply as it should not be (`old`: worked out from another moment)
--- and as it is (`now`), and gives what is sent; nil where that reply cannot bear the mark.
local clock = require "clock"

local marks = {}

--- Dates a reply as the cache got it: so many seconds before the fault was first met. Gives its age as well.
local function dated(reply, lie, seconds)
  lie.cached = lie.cached or clock.now() - (lie.seconds or seconds)
  reply.date = lie.cached
  return reply, math.floor(clock.now() - lie.cached)
end

local function with_header(reply, name, value)
  reply.headers = reply.headers or {}
  reply.headers[name] = value
  return reply
end

--- Those of any system: of caches and of what changes replies on their way.
marks.common = {
  age = function(old, _, lie)
    local reply, age = dated(old, lie, 60)
    return with_header(reply, "Age", ("%d"):format(age))
  end,
  warning = function(old) return with_header(old, "Warning", '110 - "Response is Stale"') end,
  x_cache = function(old) return with_header(old, "X-Cache", "HIT") end,
  old_date = function(old, _, lie) return (dated(old, lie, 3600)) end,
  status_203 = function(old)
    if old.status ~= 200 then return nil end
    old.status = 203
    return old
  end,
  silent = function(old) return old end, -- nothing shows it: a node that lags, or a lie
}

--- A mark that changes the body of a 200: `change(old body, now body, lie)` gives another one, or nil.
function marks.body(change)
  return function(old, now, lie)
    if old.status ~= 200 or now.status ~= 200 then return nil end
    local body = change(old.body, now.body, lie)
    if not body or body == old.body then return nil end
    old.body = body
    return old
  end
end

--- The marks of a JSON object: one more member beside the others, and all members twice, of which readers take the last.
function marks.json(name, value)
  return {
    error_beside = marks.body(function(old) return (old:gsub("^{", function() return ('{"%s":"%s",'):format(name, value) end)) end),
    doubled = marks.body(function(old, now) return now:gsub("}%s*$", "") .. "," .. old:gsub("^%s*{", "") end),
  }
end

return marks
