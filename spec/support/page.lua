-- SPDX-License-Identifier: MIT
--- The commands and files of a page of documentation, as its reader meets them: its fenced blocks.
--
-- As a script: `page.lua FILE KIND` prints those of a kind, one after the other.

local page = {}

local function without_indent(text, indent)
  return (("\n" .. text):gsub("\n" .. indent, "\n"):sub(2))
end

--- @tparam string path
-- @treturn {table,...} blocks in their order: `kind` ("sh", "xml", ...), `text`
function page.blocks(path)
  local file = assert(io.open(path))
  local text = "\n" .. file:read "*a"
  file:close()
  local blocks = {}
  for indent, kind, inside in text:gmatch "\n( *)```(%l*)\n(.-\n) *```\n" do
    blocks[#blocks + 1] = { kind = kind, text = without_indent(inside, indent) }
  end
  return blocks
end

if arg and arg[0] and arg[0]:find "page%.lua$" then
  for _, block in ipairs(page.blocks(arg[1])) do
    io.write(block.kind == arg[2] and block.text or "")
  end
end

return page
