-- SPDX-License-Identifier: MIT
-- An output handler for busted: says what is wrong as it comes, and ends with the line that tools/sum reads.

local function line(...)
  io.write(...)
  io.write "\n"
  io.flush()
end

local function text(message)
  return type(message) == "string" and message or require "pl.pretty".write(message)
end

local function describe(what, entry)
  local trace = entry.element.trace or {}
  line(what, ": ", entry.name, " (", tostring(trace.short_src), ":", tostring(trace.currentline), ")")
  if entry.message ~= nil then line("  ", (text(entry.message):gsub("\n", "\n  "))) end
end

return function()
  local busted = require "busted"
  local handler = require "busted.outputHandlers.base" ()

  function handler.testEnd(_, _, status)
    if status == "pending" then describe("pending", handler.pendings[#handler.pendings]) end
    return nil, true
  end

  function handler.failed()
    describe("failed", handler.failures[#handler.failures])
    return nil, true
  end

  function handler.broken()
    describe("error", handler.errors[#handler.errors])
    return nil, true
  end

  function handler.outside(element)
    return element.descriptor ~= "it" and handler.broken() or nil, true
  end

  -- After `exit`, nothing of busted's own can fail any more.
  function handler.exit()
    local failed = handler.failuresCount + handler.errorsCount
    line(("%d passed, %d failed, %d skipped"):format(handler.successesCount, failed, handler.pendingsCount))
    return nil, true
  end

  busted.subscribe({ "test", "end" }, handler.testEnd)
  busted.subscribe({ "failure", "it" }, handler.failed)
  busted.subscribe({ "error", "it" }, handler.broken)
  busted.subscribe({ "failure" }, handler.outside)
  busted.subscribe({ "error" }, handler.outside)
  busted.subscribe({ "exit" }, handler.exit)
  return handler
end
