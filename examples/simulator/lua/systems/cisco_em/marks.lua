--- How EM's spoiled replies show that they are: the rows of a query twice, without what they need, or with something beside.
local marks = require "marks"
local xml = require "xml"

local USER = "somebody.else"

local function inner(body)
  return body:match "<%a+Results>(.*)</%a+Results>" or ""
end

--- One more element with the fault's user, in front of the others of each device.
local function beside(name)
  return marks.body(function(old, _, lie)
    local element = xml.element(name, lie.user or USER)
    return (old:gsub('<device name=".-">', function(opening) return opening .. element end))
  end)
end

local FAILURE = "<failure><errorMessage>The entry could not be read</errorMessage></failure>"

--- The entry of the phone or user that the fault names in `row` has failed; the others have not.
local function fail_row(old, _, lie)
  local wanted = (lie.row or ""):lower()
  return (old:gsub('(<(%a+) %a+="([^"]*)">).-(</%2>)', function(opening, _, name, closing)
    return name:lower() == wanted and opening .. FAILURE .. closing or nil
  end))
end

return {
  row_failed = marks.body(fail_row),
  doubled = marks.body(function(old, now)
    return (old:gsub("</%a+Results>", function(closing) return inner(now) .. closing end))
  end),
  userless = marks.body(function(old) return (old:gsub("<userID>.-</userID>", ""):gsub("<none/>", "")) end),
  nameless = marks.body(function(old) return (old:gsub('<device name=".-">', "<device>"):gsub('<user id=".-">', "<user>")) end),
  -- Where somebody sits: beside `none` it would be a first login, and nothing would show that it is none.
  two_users = marks.body(function(old, _, lie)
    return (old:gsub("<userID>", function(opening) return xml.element("userID", lie.user or USER) .. opening end))
  end),
  error_beside = marks.body(function(old)
    return (old:gsub("</response>", '<failure><error code="6">Database Error</error></failure></response>'))
  end),
  person_beside = beside "currentUser",
}
