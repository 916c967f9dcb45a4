-- SPDX-License-Identifier: MIT
-- The hooks of examples/hooks at the end of runs: msmtp and an SMTP server take the mail, an HTTP server in the forms of ServiceNow and
-- Jira takes the comment.

package.path = "./?.lua;" .. package.path
local checks = require "spec.support.checks"
local json = require "signoff.json"
local operator = require "spec.support.operator"
local peer = require "spec.support.peer"

local check = checks.check
local ROOT = peer.output_of "pwd"
local TOKEN = "ticket-token"
local mail_port, http_port

local function has(text, ...)
  for _, words in ipairs { ... } do
    assert(text:find(words, 1, true), ("no %q in:\n%s"):format(words, text:sub(1, 2000)))
  end
end

local function program(name, body)
  operator.write(name, "#!/bin/sh\n" .. body .. "\n")
  os.execute("chmod 700 " .. operator.path(name))
  return operator.path(name)
end

-- A site where the command, a program that sends mails, and the hook are found.
local function new_site(hook, words)
  operator.fresh()
  peer.spawn(("/usr/bin/python3 %s/spec/proofs/hooks/servers.py %s"):format(ROOT, operator.directory), operator.directory)
  mail_port, http_port = operator.wait_for("the servers", function()
    return operator.read "ports"
  end):match "(%d+) (%d+)"
  os.execute(("mkdir %s && ln -s %s/examples/offboard.lua %s/signoff-offboard"):format(operator.path "bin", ROOT, operator.path "bin"))
  program("sendmail", ('exec msmtp --host=127.0.0.1 --port=%s --auth=off --tls=off "$@"'):format(mail_port))
  operator.write("header", "Authorization: Bearer " .. TOKEN .. "\n")
  return program("hook", ("export PATH=%s:$PATH LUA_PATH='%s' LUA_CPATH='%s'\nexec %s/examples/hooks/%s %s"):format(operator.path "bin",
    os.getenv "LUA_PATH", os.getenv "LUA_CPATH", ROOT, hook, words()))
end

-- The files of that kind that the servers kept, decoded.
local function kept(kind)
  local list = {}
  for path in (peer.output_of(("ls %s/%s.* 2> /dev/null | sort -V"):format(operator.directory, kind)) .. "\n"):gmatch "([^\n]+)\n" do
    list[#list + 1] = json.decode(peer.read_file(path))
  end
  return list
end

-- A night of one person, and the hook at its end; `more` options.
local function night(hook, ticket, status, fault, more)
  operator.list("list.csv", "keiko.mori")
  local got, _, err = operator.run(("plan list.csv --out plan --ticket '%s'"):format(ticket))
  assert(got == 0, err)
  if fault then
    operator.simulator.faults { fault }
  end
  got, _, err = operator.run(("apply plan --people list.csv --journal journal --yes --deadline 1 %s --on-end %s"):format(more or "", hook))
  assert(got == status, ("status %s:\n%s"):format(tostring(got), err))
  return err
end

local STILL_THERE = { system = "cisco_em", operation = "logout", fault = "still_there" }

-- Runs `f` in a site of its own.
local function in_site(what, hook, words, f)
  check(what, function()
    local path = new_site(hook, words)
    local fine, message = pcall(f, path)
    operator.clean()
    assert(fine, message)
  end)
end

local function mail_words()
  return ("ops@site.example signoff@site.example %s"):format(operator.path "sendmail")
end

-- Ticket, exit status, fault, the words of the subject.
for _, row in ipairs {
  { "CHG-1", 0, nil, "signoff CHG-1: everybody is out" }, { "CHG-1", 1, STILL_THERE, "signoff CHG-1: some are still in, or failed" },
  { "Zoë 名前", 0, nil, "signoff Zoë 名前: everybody is out" }, { "a\nBcc: evil@example.org", 0, nil, "Bcc: evil@example.org: everybody" },
} do
  in_site(("mail: of ticket %q, status %d"):format(row[1], row[2]), "mail", mail_words, function(hook)
    local err = night(hook, row[1], row[2], row[3])
    assert(not err:find("on_end", 1, true), err)
    local mails = kept "mail"
    assert(#mails == 1 and mails[1].defects == 0, #mails)
    assert(mails[1].from == "signoff@site.example" and table.concat(mails[1].to, ",") == "ops@site.example")
    has(mails[1].subject, row[4])
    assert(not table.concat(mails[1].names, " "):lower():find "bcc")
    local parts = mails[1].parts
    assert(#parts == 3, #parts)
    has(parts[1].text, "Exit status: " .. row[2], "keiko.mori", "Head of the journal: ")
    assert(parts[2].name == "report.html" and parts[2].type == "text/html")
    has(parts[2].text, "<!doctype html>", "keiko.mori")
    local report = json.decode(parts[3].text)
    assert(parts[3].name == "report.json" and report.exit == row[2])
    has(parts[1].text, report.journal_head)
  end)
end

in_site("mail: a long ticket is cut between characters, and no line is long", "mail", mail_words, function(hook)
  night(hook, ("é"):rep(150), 0)
  has(kept "mail"[1].subject, "signoff " .. ("é"):rep(100) .. "...: everybody is out")
  assert(kept "mail"[1].longest <= 78, kept "mail"[1].longest)
end)

in_site("mail: a run of a part says nothing of the others", "mail", mail_words, function(hook)
  night(hook, "CHG-1", 0, nil, "--only isymphony")
  has(kept "mail"[1].subject, "signoff CHG-1: everybody of this part of the plan is out")
end)

in_site("mail: an undo takes nobody out", "mail", mail_words, function(hook)
  night(program("nothing", "exit 0"), "CHG-1", 0)
  local got, _, err = operator.run("undo journal --journal undone --on-end " .. hook)
  assert(got == 0, err)
  has(kept "mail"[1].subject, "signoff CHG-1: all statuses are put back")
end)

in_site("mail: a server that is not there is said, and changes no status", "mail", mail_words, function(hook)
  program("sendmail", 'exec msmtp --host=127.0.0.1 --port=1 --auth=off --tls=off "$@"')
  has(night(hook, "CHG-1", 0), "on_end: ", "ended with exit status", "its exit status stays 0")
end)

local function ticket_words(kind)
  return function()
    return ("%s http://127.0.0.1:%s change_request %s"):format(kind, http_port, operator.path "header")
  end
end

in_site("ticket: a work note of ServiceNow, on the record that has the number", "ticket", ticket_words "servicenow", function(hook)
  night(hook, "CHG0030001", 1, STILL_THERE)
  local asked, noted = kept "request"[1], kept "request"[2]
  assert(asked.method == "GET" and asked.path:find("sysparm_query=number%3DCHG0030001&", 1, true))
  assert(noted.method == "PATCH" and noted.path == "/api/now/table/change_request/46f67787a9fe198101e06dfcf3a78e99")
  has(noted.body.work_notes, "some are still in, or failed (exit status 1)", "ended 3", "still_active 1", "status_set 1", "Head of the journal: ")
  assert(noted.type == "application/json" and noted.authorization == "Bearer " .. TOKEN and #kept "request" == 2)
end)

in_site("ticket: a comment of Jira", "ticket", ticket_words "jira", function(hook)
  night(hook, "SUP-17", 0)
  local noted = kept "request"[1]
  assert(noted.method == "POST" and noted.path == "/rest/api/2/issue/SUP-17/comment" and #kept "request" == 1)
  local head = json.decode((select(2, operator.run "report journal --json"))).journal_head
  assert(noted.body.body == ("signoff: everybody is out (exit status 0). Targets: ended 4, status_set 1. Head of the journal: %s"):format(head),
    noted.body.body)
end)

-- Reasons why no comment is written: kind, ticket, requests that arrive, another header.
for _, row in ipairs {
  { "servicenow", "CHG0039999", 1 }, { "jira", "SUP-99", 1 }, { "jira", "../../SUP-17", 0 }, { "jira", "SUP-17?x", 0 }, { "jira", "", 0 },
  { "bugzilla", "SUP-17", 0 }, { "jira", "SUP-17", 1, "Authorization: Bearer wrong" }, { "servicenow", "CHG0030001", 1, "Authorization: no" },
} do
  in_site(("ticket: no comment, said, status as it was: %s '%s'%s"):format(row[1], row[2], row[4] and ", refused" or ""), "ticket",
    ticket_words(row[1]), function(hook)
      if row[4] then
        operator.write("header", row[4] .. "\n")
      end
      local err = night(hook, row[2], 0)
      has(err, "on_end: ", "ended with exit status", "its exit status stays 0")
      assert(not err:find(TOKEN, 1, true))
      assert(#kept "request" == row[3], #kept "request")
    end)
end

checks.close()
