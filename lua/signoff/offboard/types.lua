---@meta signoff.offboard
-- SPDX-License-Identifier: MIT
-- luacheck: ignore 212 241

-- Types of signoff.offboard for editors (lua-language-server). Nothing reads this file when a program runs.

---One system of a site, in `systems`.
---@class signoff.offboard.System
---@field client signoff.Client
---@field concurrency? integer requests at once (8; Extension Mobility 2)
---@field per_minute? number|false changes that may begin in any minute (unpaced; Extension Mobility 60, unless this is `false`)
---@field status? signoff.isymphony.NewStatus what iSymphony is to show (required there)
---@field column? string of the list (the system's name)
---@field targets? fun(person: string): any gives a cell when the plan is applied
---@field after? string[] systems that must be over first
---@field breaker? {failures?: integer, pause?: number, probes?: integer}

---@class signoff.offboard.PlanOptions
---@field protect? string[] persons, targets and users who are left alone, case ignored
---@field max_people? integer more are refused
---@field operator? string
---@field ticket? string
---@field ignore? string[] columns that are of no interest
---@field delimiter? string of CSV (`,`)

---@class signoff.offboard.Item
---@field n integer
---@field person string
---@field system string
---@field action "logout"|"set_status"
---@field target string as it may be shown
---@field cell? string what the list has, where that is more; never a token
---@field token? string its fingerprint
---@field find? string whom `user:NAME` names
---@field optional? boolean `user:NAME?`
---@field device? string
---@field user? string who must sit there; iSymphony: whose status
---@field key? string
---@field late? boolean asked for at apply
---@field unknown? boolean `?`
---@field state? string what the system said
---@field occupant? string who sat there
---@field found? string[] where a name was found
---@field outlook? signoff.Verdict what it would come to if nothing changed
---@field verdict? "skipped"|"no_token" decided for good
---@field protected? boolean
---@field code? signoff.Code
---@field message? string

---@class signoff.offboard.PlannedSystem
---@field name string
---@field kind signoff.System
---@field host string scheme, host and port
---@field concurrency integer
---@field per_minute? number
---@field status? signoff.isymphony.NewStatus
---@field after? string[]
---@field late? boolean
---@field unlisted? boolean the list has no column for it
---@field changes integer requests that change something, as far as one could see
---@field seconds? number that pacing alone takes
---@field trouble? string why it could not be asked

---@class signoff.offboard.Plan
---@field version integer
---@field created integer Unix seconds
---@field operator? string
---@field ticket? string
---@field host? string this machine
---@field part? signoff.offboard.Part of the plan alone, where a run was asked for some people or systems
---@field people integer
---@field people_path? string
---@field people_sha256? string
---@field protect string[]
---@field ignore? string[]
---@field delimiter? string
---@field systems signoff.offboard.PlannedSystem[]
---@field items signoff.offboard.Item[]
---@field digest string `sha256:` and 64 hexadecimal digits
local Plan = {}

---Writes it, 0600: JSON lines, the last one with the digest.
---@param path string
---@return boolean? done
---@return string? message
function Plan:save(path) end

---A target of a list: text as a cell has it, or in Lua a secret or `{token =, device =}`.
---@alias signoff.offboard.Target string|signoff.Secret|{token: signoff.Text, device?: string}

---A person, and a cell for each system by its name (or its `column`).
---@alias signoff.offboard.Person {person: string, [string]: signoff.offboard.Target|signoff.offboard.Target[]}

---A name, or several.
---@alias signoff.offboard.Names string|string[]

---The part of a plan that a run was asked for.
---@class signoff.offboard.Part
---@field person? string[]
---@field system? string[]
---@field left_out? {people: integer, targets: integer} of the plan, whom the run leaves alone

---@class signoff.offboard.Options
---@field person? signoff.offboard.Names these people alone (`apply`, `resume`)
---@field system? signoff.offboard.Names these systems alone (`apply`, `resume`)
---@field operator? string who runs this, for the journal
---@field people? string|signoff.offboard.Person[] again, where the plan has tokens (the plan's own path)
---@field ignore? string[] columns that are of no interest
---@field delimiter? string of CSV (`,`)
---@field schedule? number[] seconds between observations, the last one again and again (1, 2, 3, 5)
---@field settle? number seconds between the two observations that make "gone" count (10)
---@field deadline? number seconds that a target is looked at (60)
---@field max_fail? integer|string more failures stop the run: a count, or such as `"1%"`
---@field on_result? fun(row: signoff.offboard.Row)
---@field on_progress? fun(system: string, state: signoff.offboard.Progress) at most once a second
---@field interrupted? fun(): boolean|string|nil true ends the run as Ctrl-C does, a text as a guard rail
---@field retry? {budget?: integer, cost?: number, base?: number, cap?: number}

---A security event of an identity provider that made a run begin. Times are Unix seconds.
---@class signoff.offboard.Signal
---@field id? string in the inbox
---@field kind? string the road that it came by
---@field iss? string issuer
---@field jti? string
---@field txn? string
---@field event? string URI of the event
---@field event_timestamp? number when it happened, as the issuer says
---@field initiating_entity? string
---@field received? number
---@field answered? number
---@field alg? string
---@field kid? string the key that signed it
---@field sha256? string of the token

---@class signoff.offboard.ApplyOptions: signoff.offboard.Options
---@field journal string|false path of a new file; false: none
---@field signals? signoff.offboard.Signal[] the events that ask for this run, for the record
---@field confirm? fun(plan: signoff.offboard.Plan): boolean nothing is sent unless it returns true

---@class signoff.offboard.RunOptions: signoff.offboard.Options
---@field protect? string[]
---@field operator? string
---@field ticket? string

---@class signoff.offboard.UndoOptions: signoff.offboard.Options
---@field journal? string|false path of a new one, for this

---@class signoff.offboard.Progress
---@field total integer
---@field done integer
---@field acted integer
---@field in_flight integer
---@field waiting integer
---@field eta? number seconds
---@field stopped? string code

---The result of one target.
---@class signoff.offboard.Row
---@field item integer number in the plan, or of what it led to
---@field person string
---@field system string
---@field action "logout"|"set_status"
---@field target string tokens by their fingerprint
---@field cell? string what the list has, where that is more
---@field verdict signoff.Verdict|"begun"|"pending"
---@field act? "acknowledged"|"sent" of what is begun
---@field code? string
---@field message? string
---@field evidence signoff.Seen[]
---@field by_hand? string what a person must do now
---@field protected? boolean

---@class signoff.offboard.Result
---@field results signoff.offboard.Row[]
---@field totals table<string, integer> by verdict, `begun` and `pending` among them
---@field acknowledged integer how many of those that are begun
---@field exit integer as that of the command
---@field stops {system?: string, code: string, why: string}[] what stopped early
---@field message? string
---@field plan_digest? string
---@field journal_head? string SHA-256 of the journal's last line
---@field operator? string
---@field ticket? string
---@field host? string this machine
---@field started number Unix seconds
---@field ended number Unix seconds
---@field people_sha256? string
---@field part? signoff.offboard.Part of the plan alone, where the run was asked for some people or systems
---@field gaps? {code: string, person?: string, system?: string, declared?: boolean}[] whom the plan does not reach
---@field settle? number seconds between the two observations that make "gone" count
---@field signals? signoff.offboard.Signal[] the events that asked for the run
---@field first_act? number Unix seconds, of a run with signals
---@field only? {person?: string|string[], system?: string|string[]} of a report that was asked for some people or systems alone

---@class signoff.offboard
local offboard = {}

---Makes a plan: reads only.
---@param systems table<string, signoff.offboard.System>
---@param people string|signoff.offboard.Person[]
---@param options? signoff.offboard.PlanOptions
---@return signoff.offboard.Plan? plan
---@return string? message
function offboard.plan(systems, people, options) end

---Reads a plan that was saved.
---@param path string `-` is standard input
---@return signoff.offboard.Plan? plan
---@return string? message
function offboard.load(path) end

---Does what a plan says, and proves it.
---@param plan signoff.offboard.Plan
---@param systems table<string, signoff.offboard.System>
---@param options signoff.offboard.ApplyOptions
---@return signoff.offboard.Result? result
---@return string? message
function offboard.apply(plan, systems, options) end

---Goes on with a run that did not end.
---@param journal string
---@param systems table<string, signoff.offboard.System>
---@param options? signoff.offboard.Options
---@return signoff.offboard.Result? result
---@return string? message
function offboard.resume(journal, systems, options) end

---One person, now, in memory.
---@param systems table<string, signoff.offboard.System>
---@param person signoff.offboard.Person
---@param options? signoff.offboard.RunOptions
---@return signoff.offboard.Result? result
---@return string? message
function offboard.run(systems, person, options) end

---Takes back the statuses that a run set.
---@param journal string
---@param systems table<string, signoff.offboard.System>
---@param options? signoff.offboard.UndoOptions
---@return signoff.offboard.Result? result
---@return string? message
function offboard.undo(journal, systems, options) end

---A file that a report was written to.
---@class signoff.offboard.Written
---@field path string
---@field sha256 string of its bytes

---@class signoff.offboard.ReportOptions
---@field format? "text"|"json"|"csv"|"html" `"text"` is for a terminal, `"html"` a page
---@field person? string|string[] nothing else is reported
---@field system? string|string[] likewise
---@field out? string path of a file to write it to (0600); a page has its JSON beside it (`PATH.json`)

---The result of a run.
---@param source signoff.offboard.Result|string a result, or the path of a journal
---@param options? signoff.offboard.ReportOptions
---@return string|signoff.offboard.Written[]|nil text with `out` the files that were written
---@return string? message
function offboard.report(source, options) end

---Checks the chain of a journal.
---@param journal string
---@return {lines: integer, size: integer, head: string, torn: integer, notice?: string}? summary
---@return string? message `"PATH:LINE: ..."`
function offboard.check(journal) end

return offboard
