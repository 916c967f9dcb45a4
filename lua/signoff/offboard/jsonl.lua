-- SPDX-License-Identifier: MIT

--- JSON lines: an object a line.
-- @module signoff.offboard.jsonl

local json = require "signoff.json"

local jsonl = {}

--- The objects of a text, one after another: `for object, line in jsonl.rows(text) do`. Blank lines are passed over. In
-- the place of what is no object stands `false, line, message`.
function jsonl.rows(text)
  local at, line = 1, 0
  return function()
    while at <= #text do
      local last = text:find("\n", at, true) or #text + 1
      local piece = text:sub(at, last - 1)
      at, line = last + 1, line + 1
      if piece:find "[^ \t-\r]" then
        if not piece:find "^[ \t-\r]*{" then
          return false, line, "is no JSON object; one object stands on each line"
        end
        local object, message = json.decode_once(piece)
        if type(object) ~= "table" then
          return false, line, message
        end
        return object, line
      end
    end
  end
end

return jsonl
