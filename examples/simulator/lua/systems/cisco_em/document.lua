--- EM's requests: the document in the form field `xml`, checked against the DTD that Cisco publishes.
local xml = require "xml"
local encoding = require "encoding"

local document = {}

local function set(...)
  local names = {}
  for _, name in ipairs { ... } do names[name] = true end
  return names
end

local function one(...) return { names = set(...), least = 1, most = 1 } end

local function maybe(...) return { names = set(...), least = 0, most = 1 } end

local function many(...) return { names = set(...), least = 1, most = math.huge } end

-- Element -> what it holds, in this order.
local MODEL = {
  request = { one "appInfo", one("login", "logout", "logoutAll") },
  query = { one "appInfo", one("deviceUserQuery", "userDevicesQuery", "deviceProfileQuery", "userDeviceProfileQuery", "checkUser") },
  appInfo = { one "appID", one("appCertificate", "appEncryptedCertificate") },
  login = {
    one "deviceName", one "userID", maybe "deviceProfile", maybe "exclusiveDuration", maybe "remoteIPAddr", maybe "isViaHeaderSet",
  },
  logout = { one "deviceName", maybe "remoteIPAddr", maybe "isViaHeaderSet" },
  logoutAll = { maybe "remoteIPAddr", maybe "isViaHeaderSet" },
  exclusiveDuration = { one("time", "indefinite") },
  indefinite = {},
  deviceUserQuery = { many "deviceName", maybe "remoteIPAddr" },
  userDevicesQuery = { many "userID", maybe "remoteIPAddr" },
  deviceProfileQuery = { many "userID", maybe "remoteIPAddr", maybe "isViaHeaderSet" },
  userDeviceProfileQuery = { many "userID", maybe "remoteIPAddr", maybe "isViaHeaderSet" },
  checkUser = { many "userID", maybe "remoteIPAddr", maybe "isViaHeaderSet" },
}

local TEXT = set(
  "appID", "appCertificate", "appEncryptedCertificate", "deviceName", "userID", "deviceProfile", "time", "remoteIPAddr", "isViaHeaderSet"
)

-- The name of each action in the journal and in faults.
local OPERATIONS = {
  login = "login", logout = "logout", logoutAll = "logout_all", deviceUserQuery = "query_devices", userDevicesQuery = "query_users",
  deviceProfileQuery = "query_profiles", userDeviceProfileQuery = "query_profiles", checkUser = "check_user",
}

local CHANGES = set("login", "logout", "logout_all")

local function fits(node, model)
  local position = 1
  for _, particle in ipairs(model) do
    local count = 0
    while count < particle.most and node.children[position] and particle.names[node.children[position].name] do
      count, position = count + 1, position + 1
    end
    if count < particle.least then return false end
  end
  return node.children[position] == nil
end

--- Whether the element and all in it are as the DTD wants them, which knows no attributes.
local function valid(node)
  if node.attributes[1] then return false end
  if TEXT[node.name] then return #node.children == 0 end
  local model = MODEL[node.name]
  if not model or node.text:find "%S" or not fits(node, model) then return false end
  for _, child in ipairs(node.children) do
    if not valid(child) then return false end
  end
  return true
end

--- A query whose kind nobody knows has a code of its own.
local function unknown_query(root)
  local action = root.children[2]
  return root.name == "query" and #root.children == 2 and valid(root.children[1]) and not MODEL[action.name]
end

local function child(node, name)
  for _, item in ipairs(node.children) do
    if item.name == name then return item end
  end
end

local function text_of(node, name)
  local found = child(node, name)
  return found and found.text
end

local function all_texts(node, name)
  local texts = {}
  for _, item in ipairs(node.children) do
    if item.name == name then texts[#texts + 1] = item.text end
  end
  return texts
end

local function decode(root)
  local info, action = root.children[1], root.children[2]
  local duration = child(action, "exclusiveDuration")
  return {
    root = root.name, action = action.name, operation = OPERATIONS[action.name],
    app_id = info.children[1].text, app_certificate = info.children[2].text,
    encrypted = info.children[2].name == "appEncryptedCertificate",
    devices = all_texts(action, "deviceName"), users = all_texts(action, "userID"),
    profile = text_of(action, "deviceProfile"), time = duration and text_of(duration, "time"),
    indefinite = duration and child(duration, "indefinite") ~= nil,
  }
end

--- The decoded request, or nil, the code of the refusal and what is wrong with it.
function document.read(form, charset)
  local text = encoding.form_fields(form).xml
  if not text then return nil, 1, "no form field named xml" end
  if charset == "iso-8859-1" then text = encoding.latin1_to_utf8(text) end
  text = text:gsub("^%s+", "")
  -- The service puts its own prologue in front of the text, so a declaration would stand in the middle.
  if text:find "^<%?xml%s" then return nil, 1, "an XML declaration of one's own is not allowed" end
  local root, problem = xml.parse(text)
  if not root then return nil, 1, problem end
  if MODEL[root.name] and unknown_query(root) then return nil, 8, "unknown query element" end
  if (root.name ~= "request" and root.name ~= "query") or not valid(root) then return nil, 1, "the document does not fit the DTD" end
  return decode(root)
end

--- The targets of a decoded request, and whether it changes anything.
function document.describe(decoded)
  local targets = {}
  for _, name in ipairs(decoded.devices) do targets[#targets + 1] = name end
  for _, name in ipairs(decoded.users) do targets[#targets + 1] = name end
  return targets, CHANGES[decoded.operation] == true
end

return document
