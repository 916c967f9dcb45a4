-- SPDX-License-Identifier: MIT
-- What the operator sees: a line a step as it happens, then persons by systems, then the sum.

local report = {}

-- Plain text for files and pipes; colour where a person is looking and has not said otherwise.
local function is_terminal(descriptor)
  local status = os.execute("test -t " .. descriptor)
  return (status == true or status == 0) and not os.getenv "NO_COLOR" and os.getenv "TERM" ~= "dumb"
end

local colours = {
  ended = "32", already_out = "32", status_set = "32", skipped = "36",
  failed = "31", still_active = "31",
  unverified = "33", unknown = "33", no_token = "33", unsupported = "33",
}

local function painter(descriptor)
  local terminal = is_terminal(descriptor)
  return function(text, verdict)
    return terminal and colours[verdict] and "\27[" .. colours[verdict] .. "m" .. text .. "\27[0m" or text
  end
end

local paint_progress, paint_table = painter(2), painter(1)

-- What came from a list or a system goes to a terminal: nothing of it may steer one.
local function plain(text)
  return (tostring(text):gsub("%c+", " "))
end

-- In characters, not in bytes (UTF-8).
local function length(text)
  return select(2, text:gsub("[^\128-\191]", ""))
end

local function pad(text, width)
  return text .. (" "):rep(width - length(text))
end

-- How wide a column must be.
local function widest(texts)
  local width = 0
  for _, text in ipairs(texts) do
    width = math.max(width, length(text))
  end
  return width
end

--- Writes what is about to be done; its verdict follows on the same line.
function report.begin(number, count, person, widths, system, shown)
  local counter = ("[%" .. #tostring(count) .. "d/%d]"):format(number, count)
  local columns = { counter, pad(plain(person), widths.person), pad(system, widths.system), pad(plain(shown), 32), "" }
  io.stderr:write(table.concat(columns, "  "))
  io.stderr:flush()
end

--- Ends that line.
function report.finish(verdict, message)
  local shown = message and pad(verdict, 12) .. plain(message) or verdict
  io.stderr:write(paint_progress(shown, verdict), "\n")
end

--- The widths that `begin` needs.
function report.widths(people, systems)
  local names = {}
  for i, person in ipairs(people) do
    names[i] = plain(person.name)
  end
  return { person = widest(names), system = widest(systems) }
end

-- The verdicts of one cell in a word or two, and the one to colour it by.
local function summary(steps)
  local counts, order = {}, {}
  for _, step in ipairs(steps or {}) do
    if not counts[step.verdict] then
      counts[step.verdict] = 0
      order[#order + 1] = step.verdict
    end
    counts[step.verdict] = counts[step.verdict] + 1
  end
  for i, verdict in ipairs(order) do
    order[i] = #steps > 1 and counts[verdict] .. " " .. verdict or verdict
  end
  return #order > 0 and table.concat(order, ", ") or "-", #order == 1 and steps[1].verdict or nil
end

local function write_row(cells, widths, verdicts)
  local row = {}
  for i, cell in ipairs(cells) do
    row[i] = paint_table(i < #cells and pad(cell, widths[i]) or cell, verdicts and verdicts[i])
  end
  io.write(table.concat(row, "  "), "\n")
end

--- Writes a row a person and a column a system.
function report.write_table(people, systems)
  local rows, verdicts, widths = {}, {}, {}
  local head = { "person" }
  for i, system in ipairs(systems) do
    head[i + 1] = system
  end
  for n, person in ipairs(people) do
    rows[n], verdicts[n] = { plain(person.name) }, {}
    for i, system in ipairs(systems) do
      rows[n][i + 1], verdicts[n][i + 1] = summary(person.steps[system])
    end
  end
  local rule = {}
  for i in ipairs(head) do
    local column = { head[i] }
    for n in ipairs(rows) do
      column[n + 1] = rows[n][i]
    end
    widths[i] = widest(column)
    rule[i] = ("-"):rep(widths[i])
  end
  write_row(head, widths)
  write_row(rule, widths)
  for n, row in ipairs(rows) do
    write_row(row, widths, verdicts[n])
  end
end

-- In the order in which an operator wants to read them.
local order = {
  "ended", "already_out", "status_set", "skipped", "still_active", "failed", "unverified", "unknown", "no_token", "unsupported",
}

--- Writes the sum, and what is left to do by hand.
-- @treturn boolean whether nothing is
function report.write_totals(people, systems, seconds)
  local counts, targets, by_hand = {}, 0, {}
  for _, person in ipairs(people) do
    for _, system in ipairs(systems) do
      for _, step in ipairs(person.steps[system]) do
        targets = targets + 1
        counts[step.verdict] = (counts[step.verdict] or 0) + 1
        if step.by_hand then
          by_hand[#by_hand + 1] = plain(("  %s, %s: %s"):format(person.name, system, step.by_hand))
        end
      end
    end
  end
  local parts = {}
  for _, verdict in ipairs(order) do
    if counts[verdict] then
      parts[#parts + 1] = counts[verdict] .. " " .. verdict
    end
  end
  io.write(("\n%d people, %d targets, %d s: %s\n"):format(#people, targets, seconds, table.concat(parts, ", ")))
  if #by_hand > 0 then
    io.write("Left to do by hand:\n", table.concat(by_hand, "\n"), "\n")
  end
  return #by_hand == 0
end

return report
