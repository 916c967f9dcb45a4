-- SPDX-License-Identifier: MIT
-- The faults, each on one of the systems; `make check-faults` has all of them on all.

local cells = require "spec.proofs.faults.cells"
local peer = require "spec.support.peer"

describe("a fault", function()
  after_each(peer.stop_all)

  for index, fault in ipairs(cells.faults) do
    local system = cells.systems[index % #cells.systems + 1]
    it(("ends as declared: %s (%s)"):format(fault[1], system.name), function()
      cells.run(fault, { { system, "act" }, { system, "look" } }, function(cell)
        assert.is_nil(cell.problem, cell.operation)
      end)
    end)
  end
end)
