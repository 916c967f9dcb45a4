-- SPDX-License-Identifier: MIT
-- Extension Mobility: which replies are whole, and what of the others can still be told. Presence is read leniently,
-- absence strictly: `doubt` stands where something is missing for "nobody is there".
-- Each row: what is special, HTTP status and the inside of the reply, and what Lua gets.

local rows = {}

local function add(row)
  rows[#rows + 1] = row
end

local function reply(inside)
  return ("<response>%s</response>"):format(inside)
end

local function devices(inside)
  return reply(("<deviceUserResults>%s</deviceUserResults>"):format(inside))
end

local function device(inside)
  return devices(('<device name="SEP1">%s</device>'):format(inside))
end

local function users(inside)
  return reply(("<userDevicesResults>%s</userDevicesResults>"):format(inside))
end

local function user(inside)
  return users(('<user id="ana">%s</user>'):format(inside))
end

local none_there = { "active", "user" }

-- One phone, by `status` and by `query_devices`: the same in both.
local function phone(what, body, wanted, absent, more)
  more = more or {}
  add { reply = what, operation = "status", arguments = { "SEP1" }, status = more.status, body = body, options = more.options,
    answer = wanted, absent = absent }
  add { reply = what, operation = "query_devices", arguments = { { "SEP1" } }, status = more.status, body = body,
    options = more.options, answer = { wanted }, row_absent = absent, length = 1 }
end

local function unknown_phone(what, body, doubt, more)
  phone(what, body, { state = "unknown", whole = false, doubt = doubt }, none_there, more)
end

local function person(what, body, wanted, absent, more)
  add { reply = what, operation = "query_users", arguments = { { "ana" } }, status = more and more.status, body = body,
    options = more and more.options, answer = { wanted }, row_absent = absent, length = 1 }
end

local function unknown_person(what, body, doubt, more)
  person(what, body, { state = "unknown", whole = false, doubt = doubt, devices = {} }, { "active" }, more)
end

-- Whole: as documented, pretty-printed or not, with elements that later releases may add.
local free = { state = "free", active = false, whole = true }
phone("nobody, never", device "<none/><none/>", free, { "user", "doubt", "others" })
phone("nobody, an older release", device "<none/>", free, { "user", "doubt" })
phone("nobody now", device "<none/><lastlogin>bob</lastlogin><emccDevice>no</emccDevice>", free, { "user", "doubt" })
phone("an empty element that is unknown", device "<none/><parked/>", free, { "doubt", "others" })
phone("an element that later releases may add", device "<none/><none/><model>8845</model>",
  { state = "free", active = false, whole = true, others = { { name = "model", text = "8845" } } }, { "doubt" })
phone("two of them", device "<none/><previousUser> bob\n</previousUser><site>hq</site>",
  { state = "free", active = false, whole = true, others = { { name = "previousUser", text = "bob" }, { name = "site", text = "hq" } } })
phone("one that the owner ignores", device "<none/><previousUser>ana</previousUser><site>hq</site>",
  { state = "free", active = false, whole = true, others = { { name = "site" } } }, { "doubt" },
  { options = { ignore_members = { "previousUser" } } })
phone("an element that says default", device "<none/><isDefaultDeviceProfile>t</isDefaultDeviceProfile><ring>default</ring>",
  { state = "free", active = false, whole = true }, { "doubt" })
phone("no such phone", device "<doesNotExist/>", { state = "no_device", whole = true }, { "active", "user", "doubt" })
phone("somebody", device "<userID>ana</userID><lastlogin>bob</lastlogin>",
  { state = "logged_in", active = true, user = "ana", last_user = "bob", whole = true }, { "doubt", "others" })
phone("a first login", device "<userID>ana</userID><none/>", { state = "logged_in", user = "ana", whole = true })
phone("a name that is pretty-printed", device "\n  <userID>\n    ana\n  </userID>\n  <none/>\n",
  { state = "logged_in", active = true, user = "ana", whole = true }, { "doubt" })
phone("encoded blanks around a name", device "<userID>%20ana%0a</userID><none/>", { state = "logged_in", user = "ana", whole = true })
phone("somebody, and an element that names another", device "<userID>bob</userID><none/><alsoHere>ana</alsoHere>",
  { state = "logged_in", user = "bob", whole = true, others = { { name = "alsoHere", text = "ana" } } })
phone("a name that says error", device "<userID>faulty.error</userID><lastlogin>denied</lastlogin>",
  { state = "logged_in", user = "faulty.error", last_user = "denied", whole = true }, { "doubt" })
phone("the name of the row in blanks", devices '<device name=" SEP1 "><none/></device>', free, { "doubt" })

-- Presence that can be read, with a doubt.
phone("two users", device "<userID>ana</userID><userID>bob</userID>",
  { state = "logged_in", active = true, whole = false, doubt = "has a member of this row twice" }, { "user" })
phone("the same user twice", device "<userID>ana</userID><userID>ana</userID>", { state = "logged_in", active = true, whole = false },
  { "user" })
phone("a user and a blank one", device "<userID>ana</userID><userID> </userID>", { active = true, whole = false }, { "user" })
phone("a user and two empty places", device "<userID>ana</userID><none/><none/>",
  { state = "logged_in", user = "ana", whole = false, doubt = "has more than two places for users in this row" })
phone("a user of a phone that does not exist", device "<userID>ana</userID><doesNotExist/>",
  { state = "logged_in", active = true, whole = false, doubt = "contradicts itself in this row" }, { "user" })
phone("a user beside a failure", device '<userID>ana</userID><failure><error code="6">Database Error</error></failure>',
  { state = "logged_in", active = true, user = "ana", whole = false, doubt = "has a failure in this row: Database Error" })
phone("the row twice, free and not", devices '<device name="SEP1"><none/></device><device name="SEP1"><userID>ana</userID></device>',
  { state = "logged_in", active = true, user = "ana", whole = false, doubt = "has this row twice" })
phone("the row twice, with two users", devices '<device name="SEP1"><userID>ana</userID></device><device name="sep1"><userID>bob</userID></device>',
  { state = "logged_in", active = true, whole = false }, { "user" })
for _, status in ipairs { 201, 202, 203, 226 } do
  phone("somebody, with HTTP " .. status, device "<userID>ana</userID>",
    { state = "logged_in", active = true, user = "ana", whole = false, doubt = ("came with HTTP %d, not 200"):format(status) }, nil,
    { status = status })
  unknown_phone("nobody, with HTTP " .. status, device "<none/>", ("came with HTTP %d, not 200"):format(status), { status = status })
end
phone("somebody, beside a failure of the whole", reply [[<deviceUserResults><device name="SEP1"><userID>ana</userID></device>
  </deviceUserResults><failure><error code="6">Database Error</error></failure>]],
  { state = "logged_in", user = "ana", whole = false, doubt = "holds results and failure at once" })
phone("somebody in the second of two lists", reply [[<deviceUserResults/><deviceUserResults><device name="SEP1"><userID>ana</userID>
  </device></deviceUserResults>]], { state = "logged_in", user = "ana", whole = false })

-- Nothing that can be told.
unknown_phone("an empty user", device "<userID/><none/>", "has a 'userID' that cannot be read")
unknown_phone("a blank user", device "<userID>\n \t</userID>", "has a 'userID' that cannot be read")
unknown_phone("a user of a no-break space", device "<userID>&#160;</userID><none/>", "has a 'userID' that cannot be read")
unknown_phone("a user of an encoded blank", device "<userID>%20</userID><none/>", "has a 'userID' that cannot be read")
unknown_phone("a user with elements inside", device "<userID><name>ana</name></userID><none/>", "has a 'userID' that cannot be read")
unknown_phone("three empty places", device "<none/><none/><none/>", "has more than two places for users in this row")
unknown_phone("last users twice", device "<none/><lastlogin>a</lastlogin><lastlogin>b</lastlogin>", "has a member of this row twice")
unknown_phone("no phone, and nobody there", device "<doesNotExist/><none/>", "contradicts itself in this row")
unknown_phone("nobody, beside a failure", device '<none/><failure><error code="40">No Response</error></failure>',
  "has a failure in this row: No Response")
unknown_phone("a failure alone", device "<failure><errorMessage>RIS down</errorMessage></failure>", "has a failure in this row: RIS down")
unknown_phone("a failure without a word", device "<none/><failure/>", "has a failure in this row")
unknown_phone("a failure of no phone", device "<doesNotExist/><failure/>", "has a failure in this row")
unknown_phone("nothing", device "", "does not say who sits there")
unknown_phone("an unknown element alone", device "<pending/>", "does not say who sits there")
unknown_phone("an element named error", device "<none/><error>6</error>", "has an error beside, in 'error'")
unknown_phone("an element named as a fault", device "<none/><faultString>x</faultString>", "has an error beside, in 'faultString'")
unknown_phone("an element in upper case", device "<none/><LOOKUPFAILED>x</LOOKUPFAILED>", "has an error beside, in 'LOOKUPFAILED'")
unknown_phone("an element that tells of an exception", device "<none/><note>java.lang.Exception: down</note>", "tells of an error in 'note'")
unknown_phone("an element that tells of a denial", device "<none/><note>Access DENIED</note>", "tells of an error in 'note'")
unknown_phone("an element with elements", device "<none/><seat><userID>ana</userID></seat>",
  "has an element in this row that cannot be compared, 'seat'")
unknown_phone("an element too long to compare", device("<none/><x>" .. ("a"):rep(257) .. "</x>"),
  "has an element in this row that cannot be compared, 'x'")
unknown_phone("too many elements", device("<none/>" .. ("<x>a</x>"):rep(17)), "has an element in this row that cannot be compared, 'x'")
unknown_phone("the row twice", devices(('<device name="SEP1"><none/></device>'):rep(2)), "has this row twice")
unknown_phone("another row", devices '<device name="SEP2"><none/></device>', "lacks the row that was asked for")
unknown_phone("a row without a name beside", devices '<device name="SEP1"><none/></device><device><userID>ana</userID></device>',
  "has a row without a name")
unknown_phone("a row with a blank name beside", devices '<device name="SEP1"><none/></device><device name=" "><userID>ana</userID></device>',
  "has a row without a name")
unknown_phone("an error beside the rows", devices '<device name="SEP1"><none/></device><error>node down</error>', "has an error beside, in 'error'")
unknown_phone("an error beside the list", reply '<deviceUserResults><device name="SEP1"><none/></device></deviceUserResults><warning>partial failure</warning>',
  "tells of an error in 'warning'")
unknown_phone("a failure beside the list", reply '<deviceUserResults><device name="SEP1"><none/></device></deviceUserResults><failure/>',
  "holds results and failure at once")
unknown_phone("two lists", reply '<deviceUserResults><device name="SEP1"><none/></device></deviceUserResults><deviceUserResults/>',
  "has the member 'deviceUserResults' twice, or more members than any answer")
unknown_phone("an unknown element twice beside the list",
  reply '<deviceUserResults><device name="SEP1"><none/></device></deviceUserResults><t>1</t><t>2</t>',
  "has the member 't' twice, or more members than any answer")

-- Of many phones, what is wrong with one is that one's only.
add { reply = "a failure inside one of two", operation = "query_devices", arguments = { { "SEP1", "SEP2" } },
  body = devices '<device name="SEP1"><failure><error code="6">db</error></failure></device><device name="SEP2"><none/></device>',
  answer = { { device = "SEP1", state = "unknown", whole = false, doubt = "has a failure in this row: db" },
    { device = "SEP2", state = "free", active = false, whole = true }, whole = true }, length = 2, absent = { "doubt" } }
add { reply = "a row that nobody asked for", operation = "query_devices", arguments = { { "SEP2" } },
  body = devices '<device name="SEP1"><userID/></device><device name="SEP2"><none/></device>',
  answer = { { state = "free", whole = true }, whole = true }, length = 1 }

-- Echoes of a server may be credentials.
phone("our password in a failure", device "<failure><errorMessage>no app-password-4711 here</errorMessage></failure>",
  { state = "unknown", doubt = "has a failure in this row: no *** here" })
phone("our password in an element", device "<none/><x>app-password-4711</x>", { active = false, whole = true, others = { { name = "x", text = "***" } } })
phone("our password as the name of an error", device "<none/><error.app-password-4711>1</error.app-password-4711>",
  { state = "unknown", doubt = "has an error beside, in 'error.***'" })

-- Where users are.
person("nowhere", user "<none/>", { state = "free", active = false, whole = true }, { "doubt" })
person("not known", user "<doesNotExist/>", { state = "no_user", whole = true }, { "active", "doubt" })
person("at two phones", user "<deviceName> SEP1\n</deviceName><deviceName>SEP2</deviceName>",
  { state = "logged_in", active = true, devices = { "SEP1", "SEP2" }, whole = true }, { "doubt" })
person("an element that the owner ignores", user "<none/><site>hq</site>", { state = "free", active = false, whole = true }, { "doubt" },
  { options = { ignore_members = { "site" } } })
person("an empty element that is unknown", user "<none/><parked/>", { state = "free", whole = true }, { "doubt" })
person("a phone twice", user "<deviceName>SEP1</deviceName><deviceName>sep1</deviceName>",
  { state = "logged_in", active = true, devices = { "SEP1" }, whole = false, doubt = "has a device of this row twice" })
person("at a phone, and nowhere", user "<deviceName>SEP1</deviceName><none/>",
  { state = "logged_in", active = true, devices = {}, whole = false, doubt = "contradicts itself in this row" })
phone("a user of a phone that does not exist, and another", device "<userID>ana</userID><userID>bob</userID><doesNotExist/>",
  { state = "logged_in", active = true, whole = false }, { "user" })
person("at a phone, and not known", user "<deviceName>SEP1</deviceName><doesNotExist/>",
  { state = "logged_in", active = true, devices = {}, whole = false, doubt = "contradicts itself in this row" })
person("at a phone, and at one without a name", user "<deviceName>SEP1</deviceName><deviceName/>",
  { state = "logged_in", active = true, devices = { "SEP1" }, whole = false, doubt = "has a 'deviceName' that cannot be read" })
person("at a phone, beside a failure", user "<deviceName>SEP1</deviceName><failure/>",
  { state = "logged_in", devices = { "SEP1" }, whole = false, doubt = "has a failure in this row" })
person("at a phone, and another element", user "<deviceName>SEP1</deviceName><device>SEP2</device>",
  { state = "logged_in", devices = { "SEP1" }, whole = false, doubt = "has an unknown element in this row, 'device'" })
person("the row twice, here and nowhere", users '<user id="ana"><none/></user><user id="ana"><deviceName>SEP1</deviceName></user>',
  { state = "logged_in", active = true, devices = {}, whole = false })
person("the row twice, at two phones",
  users '<user id="ana"><deviceName>SEP1</deviceName></user><user id="ANA"><deviceName>SEP2</deviceName></user>',
  { state = "logged_in", devices = { "SEP1", "SEP2" }, whole = false, doubt = "has this row twice" })
person("at a phone, with HTTP 203", user "<deviceName>SEP1</deviceName>", { state = "logged_in", active = true, whole = false }, nil,
  { status = 203 })
unknown_person("nowhere, with HTTP 203", user "<none/>", "came with HTTP 203, not 200", { status = 203 })
unknown_person("nowhere, and an element of later releases", user "<none/><device>SEP9</device>", "has an unknown element in this row, 'device'")
unknown_person("nowhere, and an element with elements", user "<none/><at><name>SEP9</name></at>", "has an unknown element in this row, 'at'")
unknown_person("a phone without a name", user "<deviceName/>", "has a 'deviceName' that cannot be read")
unknown_person("a phone with a blank name, and nowhere", user "<deviceName> </deviceName><none/>", "has a 'deviceName' that cannot be read")
unknown_person("nowhere, beside a failure", user "<none/><failure><errorMessage>down</errorMessage></failure>", "has a failure in this row: down")
unknown_person("nowhere, and not known", user "<none/><doesNotExist/>", "contradicts itself in this row")
unknown_person("nothing", user "", "does not say where this user is")
unknown_person("the row twice", users '<user id="ana"><none/></user><user id="ana"><none/></user>', "has this row twice")
unknown_person("the row of another", users '<user id="bob"><none/></user>', "lacks the row that was asked for")
unknown_person("a row without an id beside", users '<user id="ana"><none/></user><user><deviceName>SEP1</deviceName></user>', "has a row without a name")
unknown_person("an error beside the list", reply '<userDevicesResults><user id="ana"><none/></user></userDevicesResults><error>x</error>',
  "has an error beside, in 'error'")

-- Logouts: done, in the system's own words, or undecided.
local function logout(what, body, wanted, status)
  add { reply = what, operation = "logout", arguments = { "SEP1" }, status = status, body = body, answer = wanted }
end
local success, nobody = "<success/>", '<failure><error code="19">No user logged in</error></failure>'
logout("done", reply(success), { answer = "accepted", whole = true, own_words = true })
logout("nobody was there", reply(nobody), { answer = "already_out", whole = true, own_words = true, vendor_code = 19 })
for _, status in ipairs { 201, 202, 203, 226 } do
  logout("done, with HTTP " .. status, reply(success), { answer = "undecided", whole = false, own_words = false }, status)
  logout("nobody was there, with HTTP " .. status, reply(nobody), { answer = "undecided", whole = false, own_words = false }, status)
end
logout("done twice", reply(success .. success), { answer = "undecided", whole = false })
logout("done, and an error", reply(success .. "<error>3</error>"), { answer = "undecided", doubt = "has an error beside, in 'error'" })
logout("done, in words that say otherwise", reply "<success>Logout failed</success>", { answer = "undecided", doubt = "tells of an error in 'success'" })
logout("done, and an error inside", reply "<success><fault>x</fault></success>", { answer = "undecided", whole = false })

-- Refusals: the system answers with 200, whatever it says.
local function refused(what, operation, status, body, failure)
  add { reply = what, operation = operation, arguments = { "SEP1" }, status = status, body = body, failure = failure }
end
local wrong = reply '<failure><error code="3">Could not authenticate</error></failure>'
refused("its own refusal", "logout", 200, wrong, { code = "denied", scope = "client", own_words = true, vendor_code = 3 })
refused("its own refusal of a look", "status", 200, wrong, { code = "denied", scope = "client", own_words = true })
refused("a failure without a code", "logout", 200, reply "<failure/>", { code = "server", own_words = false })
for _, status in ipairs { 401, 403 } do
  for _, body in ipairs { "", "Forbidden", '{"message":"Forbidden"}', "<html><body>No</body></html>", wrong, reply(nobody) } do
    local denied = { code = "denied", scope = "client", retriable = false, http_status = status, own_words = false }
    refused(("HTTP %d: %s"):format(status, body), "logout", status, body, denied)
    refused(("HTTP %d to a look: %s"):format(status, body), "status", status, body, denied)
  end
end
refused("a rate limit", "status", 429, '{"message":"Too many"}', { code = "busy", retriable = true, own_words = false })

return rows
