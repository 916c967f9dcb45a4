-- SPDX-License-Identifier: MIT
-- Hostile replies are unusable; `make check-bombs` shows what reading them costs and touches.

local fixtures = require "spec.support.fixtures"
local reading = require "spec.proofs.bombs.reading"

local bombs, readings = require "spec.proofs.bombs.table"("file:///etc/hostname", "http://127.0.0.1:9/")

local function read(bomb, row)
  return (reading.read(fixtures.client(row[1]), row, reading.body(bomb, row[bomb[2]])))
end

local function kibibytes()
  for line in io.lines "/proc/self/status" do
    local count = line:match "^VmRSS:%s+(%d+)"
    if count then
      return tonumber(count)
    end
  end
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

  it("leaves nothing behind, many times over", function()
    local left = {}
    for _, bomb in ipairs(bombs) do
      local body = bomb[2] == "xml" and reading.body(bomb, readings[1].xml)
      if body and #body < 4096 then
        local client = fixtures.client "cisco_em"
        local function read_often()
          for _ = 1, 1000 do
            reading.read(client, readings[1], body)
          end
          collectgarbage()
          collectgarbage()
        end
        read_often()
        local before = kibibytes()
        read_often()
        left[bomb[1]] = kibibytes() - before > 8192 or nil -- 8 KiB of each
      end
    end
    assert.are.same({}, left)
  end)
end)
