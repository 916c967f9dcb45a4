-- SPDX-License-Identifier: MIT
-- Hostile replies are unusable; `make check-bombs` shows what reading them costs and touches.

local fixtures = require "spec.support.fixtures"
local reading = require "spec.bombs.reading"

local bombs, readings = require "spec.bombs.table"("file:///etc/hostname", "http://127.0.0.1:9/")

local function read(bomb, row)
  return (reading.read(fixtures.client(row[1]), row, reading.body(bomb, row[bomb[2]])))
end

describe("a hostile reply", function()
  it("without its bomb is a success", function()
    for _, row in ipairs(readings) do
      for _, harmless in ipairs { { "none", "xml", "a" }, { "none", "json", '"a"' } } do
        if row[harmless[2]] then
          local came = read(harmless, row)
          assert.is_true(came == "accepted" or came == "an answer", came)
        end
      end
    end
  end)

  for _, bomb in ipairs(bombs) do
    it("is unusable: " .. bomb[1], function()
      for _, row in ipairs(readings) do
        if row[bomb[2]] then
          assert.are.equal("unusable", read(bomb, row), row[1] .. "." .. row[2])
        end
      end
    end)
  end
end)
