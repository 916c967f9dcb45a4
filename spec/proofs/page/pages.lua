-- SPDX-License-Identifier: MIT
-- Writes the pages that check.mjs opens: pages.lua DIRECTORY. Each has its JSON beside it.

local offboard = require "signoff.offboard"
local runs = require "spec.support.runs"

local directory = arg[1]

-- Names that are shown, and do nothing.
local names = {
  "</script><img src=x onerror=pwned=1>", "--><script>pwned=1</script>", "\"'`=onfocus=pwned=1 autofocus x='", "&lt;b&gt;&amp;",
  "javascript:pwned=1", "{{pwned=1}}${pwned=1}", "ana\r\nben\0cay", "an\255a\192\128", "\226\128\174nosrep\226\129\166", "a\226\128\139b\239\187\191c",
  "\216\163\216\173\217\133\216\175 \216\185\217\132\217\138", "\229\144\141\229\137\141", ("W"):rep(300), ("long name "):rep(30), "e" .. ("\204\129"):rep(50),
  "</title><style>*{display:none}</style>", "<details><summary>", "<!--", "]]>", "a;b,c\td",
}

local verdicts = { "ended", "still_active", "ended", "begun", "ended", "failed", "skipped", "unknown", "ended", "pending" }

local pages = {
  few = { people = 12, systems = 5, verdict = function(n) return verdicts[n % 23 + 1] or "ended" end },
  out = { people = 3, systems = 2 },
  hostile = { people = #names, systems = 2, name = function(n) return names[n] end, verdict = function(n) return verdicts[n % 10 + 1] end,
    start = { ticket = names[1], operator = names[4], host = names[9], gaps = { { code = "no_targets", person = names[2] } } } },
  many = { people = 2300, systems = 2, verdict = function(n) return n % 300 == 0 and "still_active" or "ended" end },
}

for name, options in pairs(pages) do
  local journal = ("%s/%s.journal"):format(directory, name)
  runs.write(journal, options)
  assert(offboard.report(journal, { format = "html", out = ("%s/%s.html"):format(directory, name) }))
end
assert(offboard.report(directory .. "/few.journal", { format = "html", out = directory .. "/one.html", person = "person.5" }))
