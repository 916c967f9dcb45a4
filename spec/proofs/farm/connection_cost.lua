-- SPDX-License-Identifier: MIT
-- The cost of a call for the process of its client, beside libpq alone: CPU by getrusage, and instructions by valgrind's callgrind. Prints; the
-- goal is at most 30 microseconds a call where 8 go together.

local farm_server = require "spec.support.farm_server"
local peer = require "spec.support.peer"
local postgres = require "spec.support.postgres"

local ROUNDS, FEW, MANY = 3000, 200, 600

-- Answers as short as those of the schema, since the server's work does not count here.
local QUICK = [[CREATE OR REPLACE FUNCTION farm.calls(worker bigint, requests jsonb) RETURNS jsonb LANGUAGE sql AS
  $$ SELECT jsonb_agg('{"go":123,"line":456}'::jsonb) FROM jsonb_array_elements(requests) $$]]

local function number_of(command)
  return assert(tonumber((peer.output_of("timeout 300 " .. command))), command)
end

-- Instructions of the rounds alone, a call.
local function instructions(command, together)
  local function collected(rounds)
    local output = peer.output_of(("timeout 300 valgrind --tool=callgrind --callgrind-out-file=/dev/null %s 2>&1"):format(command(rounds)))
    return assert(tonumber(output:match "Collected : (%d+)"), output)
  end
  return (collected(MANY) - collected(FEW)) / (MANY - FEW) / together
end

describe("what a call of a farm costs", function()
  teardown(function()
    postgres.stop_all()
    peer.stop_all()
  end)

  it("is printed", function()
    local server, directory = farm_server.start(), peer.directory()
    server:sql(QUICK)
    local uri, bare = server:uri("postgres", "signoff"), directory .. "/bare"
    assert(os.execute(("cc -std=gnu11 -O2 -Wall -o %s spec/proofs/farm/bench/bare.c $(pkg-config --cflags --libs libpq)"):format(bare)))
    local ways = {
      { "libpq alone, 8 together", 8, function(rounds) return ("%s '%s' 8 %d"):format(bare, uri, rounds) end },
      { "libpq alone, each alone", 1, function(rounds) return ("%s '%s' 1 %d"):format(bare, uri, rounds) end },
      { "in a loop, 8 together", 8 }, { "the same tasks, which do not ask", 8, "nothing" }, { "in a loop, each alone", 1 },
      { "in a plain script", 1, "blocking" },
    }
    for _, way in ipairs(ways) do
      local name, together, command = way[1], way[2], way[3]
      if type(command) ~= "function" then
        local kind = command or "loop"
        command = function(rounds)
          return ("lua5.4 spec/proofs/farm/bench/calls.lua '%s' %d %d %s"):format(uri, together, rounds, kind)
        end
      end
      print(("%-34s %6.1f us of CPU, %7.0f instructions a call"):format(name, number_of(command(ROUNDS)), instructions(command, together)))
    end
  end)
end)
