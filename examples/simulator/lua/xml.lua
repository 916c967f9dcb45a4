--- XML: strict reading into a tree, in document order, with no DOCTYPE; and escaping for what is written.
local lxp = require "lxp"

local xml = {}

-- Expat's mark between a namespace and a local name; no URI holds it.
local SEPARATOR = "\1"

local ESCAPES = { ["&"] = "&amp;", ["<"] = "&lt;", [">"] = "&gt;", ['"'] = "&quot;" }

local function reference(char)
  return ("&#x%X;"):format(char:byte())
end

--- Text for an element or an attribute. Control characters become references, even those that XML 1.0 forbids.
function xml.escape(text)
  return (text:gsub('[&<>"]', ESCAPES):gsub("[%z\1-\8\11-\31]", reference))
end

function xml.element(name, text)
  return "<" .. name .. ">" .. xml.escape(text) .. "</" .. name .. ">"
end

local function split(name)
  local namespace, localname = name:match "^(.-)\1(.*)$"
  return localname or name, namespace
end

--- Builds the tree: nodes are { name, namespace, attributes, children, text, parent }.
local function builder()
  local root = { children = {} }
  local current = root
  local handlers = {}

  function handlers.StartElement(_, name, attributes)
    local localname, namespace = split(name)
    local node = {
      name = localname, namespace = namespace, attributes = attributes, children = {}, pieces = {}, parent = current,
    }
    current.children[#current.children + 1] = node
    current = node
  end

  function handlers.EndElement()
    current.text = table.concat(current.pieces)
    current = current.parent
  end

  function handlers.CharacterData(_, text)
    current.pieces[#current.pieces + 1] = text
  end

  function handlers.StartDoctypeDecl(parser)
    root.doctype = true
    parser:stop()
  end

  return root, handlers
end

--- The root element of `text`, or nil and a reason. With `namespaces` nodes carry theirs.
function xml.parse(text, namespaces)
  local root, handlers = builder()
  local parser = lxp.new(handlers, namespaces and SEPARATOR or nil)
  local ok, message = parser:parse(text)
  if ok then ok, message = parser:parse() end
  if root.doctype then return nil, "a DOCTYPE is not allowed" end
  if not ok then return nil, message end
  parser:close()
  return root.children[1]
end

return xml
