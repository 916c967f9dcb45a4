-- SPDX-License-Identifier: MIT
--- The commands and files of a page of documentation, as its reader meets them: its fenced blocks.
--
-- As a script: `page.lua FILE KIND` prints those of a kind, one after the other.

local files = require "spec.support.files"

local page = {}

local function without_indent(text, indent)
  return (("\n" .. text):gsub("\n" .. indent, "\n"):sub(2))
end

--- @tparam string path
-- @treturn {table,...} blocks in their order: `kind` ("sh", "xml", ...), `text`
function page.blocks(path)
  local text = "\n" .. files.read(path)
  local blocks = {}
  for indent, kind, inside in text:gmatch "\n( *)```(%l*)\n(.-\n) *```\n" do
    blocks[#blocks + 1] = { kind = kind, text = without_indent(inside, indent) }
  end
  return blocks
end

--- The pages that people read, but for the generated one.
-- @treturn {string=string,...} texts by name: "README", "proof", "systems/agvance"
function page.all()
  local texts = { README = files.read "README.md" }
  local pipe = io.popen "find docs -name '*.md' ! -name api.md"
  for path in pipe:lines() do
    texts[path:match "^docs/(.*)%.md$"] = files.read(path)
  end
  pipe:close()
  return texts
end

--- The same without names, and with the pages for those who work on this.
-- @treturn {string,...}
function page.texts()
  local list = { files.read "CONTRIBUTING.md", files.read "SECURITY.md" }
  for _, text in pairs(page.all()) do
    list[#list + 1] = text
  end
  return list
end

--- Words as code: inside `...`, a line each.
function page.code_of(text)
  local pieces = {}
  for piece in text:gsub("```.-```", ""):gmatch "`([^`\n]+)`" do
    pieces[#pieces + 1] = piece
  end
  return table.concat(pieces, "\n")
end

--- The interpreter that runs this.
function page.interpreter()
  return rawget(_G, "jit") and "luajit" or "lua" .. _VERSION:match "%d%.%d"
end

if arg and arg[0] and arg[0]:find "page%.lua$" then
  for _, block in ipairs(page.blocks(arg[1])) do
    io.write(block.kind == arg[2] and block.text or "")
  end
end

return page
