---@meta signoff
-- SPDX-License-Identifier: MIT
-- luacheck: ignore 212 241

-- Types of signoff for editors (lua-language-server). Nothing reads this file when a program runs.
-- Where a fact comes from: [seed], the vendor's page of that call; [documented], another public document of the vendor; [inferred],
-- concluded from documents, and tried against no system.
-- Times are seconds, except iSymphony's `return_time` and `time_connected`: milliseconds since 1970.

--------------------------------------------------------------------------------------------------------------------
-- Closed sets

---The five systems.
---@alias signoff.System "cisco_em"|"isymphony"|"agvance"|"oracle_commerce"|"jde_ais"

---The kind of an error. Stable: texts of messages may change between releases, these may not.
---@alias signoff.Code
---| "unreachable" # no connection, or it broke
---| "timeout"     # no reply in time; `detail.sent` says whether the system may have acted
---| "tls"         # certificate, name or protocol of the connection
---| "denied"      # credentials, rights, licence, network policy
---| "rejected"    # refused for good: the request or the target is wrong
---| "not_found"   # no such target, or no such service at this address
---| "busy"        # come back later
---| "server"      # the system failed
---| "unusable"    # a reply that cannot be understood, was cut, is too large or hostile
---| "unsupported" # this system, or this site, has no such operation
---| "cancelled"   # given up; `detail.sent` says whether it had left
---| "nomem"       # memory ran out

---Whom a refusal concerns: our account (stop asking), or this target only.
---@alias signoff.Scope "client"|"target"

---The system's own words. They are no proof.
---@alias signoff.Said
---| "accepted"    # it says that it is done
---| "already_out" # it says that there is no such session
---| "undecided"   # an answer that says neither

---The finding about a target.
---@alias signoff.Verdict
---| "ended"        # gone: seen twice, `settle` seconds apart
---| "already_out"  # was not there, and that was provable
---| "status_set"   # the status reads back as asked
---| "still_active" # still there at the deadline
---| "unverified"   # accepted, and no way to prove it
---| "unknown"      # no evidence, or contradicting evidence
---| "no_token"     # we hold no key for it
---| "unsupported"  # this system cannot do it
---| "failed"       # refused, or not done
---| "skipped"      # left alone on purpose

---@alias signoff.Profile
---| "script"   # settle 10 s, deadline 60 s, retries what is retriable
---| "dialplan" # 2 s in all, settle 0, no retry but one where the system says that it is busy

---@alias signoff.Level "debug"|"info"|"warn"

---@alias signoff.cisco_em.State
---| "logged_in"
---| "free"
---| "no_device" # of `status` and `query_devices`
---| "no_user"   # of `query_users`
---| "unknown"   # the reply lacks it, or does not say

---@alias signoff.isymphony.Type
---| "available"
---| "unavailable"
---| "away"
---| "xa"
---| "dnd"
---| "chat"
---| "altblue"
---| "altgreen"
---| "altpink"
---| "altpurple"
---| "altred"

--------------------------------------------------------------------------------------------------------------------
-- Secrets

---A credential, token or key. `tostring` shows `secret: ***`. Wiped when closed or collected.
---@class signoff.Secret
local Secret = {}

---Wipes it. Clients that were made with it keep their own copy.
function Secret:close() end

---@alias signoff.Text string|signoff.Secret

---@class signoff.Secrets
local secret = {}

---The value of an environment variable, read now.
---Raises when it is missing or empty.
---@param name string
---@return signoff.Secret
function secret.env(name) end

---The text of a file, less one final newline, read now; 64 KiB at most.
---Raises unless it is a regular file that only its owner may read (`mode & 077 == 0`). It and every folder of its real path must
---belong to root or to the effective user, and nobody else may write to them.
---@param path string
---@return signoff.Secret
function secret.file(path) end

---The file of that name in the folder `$CREDENTIALS_DIRECTORY`, as systemd gives credentials to a service, and containers their
---secrets; read as by `file`, but its group may read it, and where its mount is read-only all may.
---@param name string without a folder
---@return signoff.Secret
function secret.credential(name) end

---The only line that a program writes to its standard output, less its newline, read now; it has 10 s, and 64 KiB.
---There is no shell, and nothing is looked for in PATH. The program's file must be trusted as that of `file` must be (others may
---read and run it). It gets HOME, USER, LOGNAME, XDG_RUNTIME_DIR and DBUS_SESSION_BUS_ADDRESS of this process, `PATH=/usr/bin:/bin`
---and `LC_ALL=C.UTF-8`, an empty standard input and no terminal. Its standard error is not shown.
---Raises where its exit status is not 0, and where it would stop others: in tasks, and in nginx but in `init_by_lua`.
---@param argv string[] an absolute path and arguments, which other users see: no secret
---@return signoff.Secret
function secret.command(argv) end

---@param value string not empty, 64 KiB at most
---@return signoff.Secret
function secret.new(value) end

--------------------------------------------------------------------------------------------------------------------
-- Options

---Called around every exchange; what it raises is ignored. `message` and `fields` hold no secret.
---@alias signoff.Log fun(level: signoff.Level, message: string, fields: signoff.LogFields)

---@class signoff.LogFields
---@field backend signoff.System
---@field operation string
---@field seconds? number how long it took
---@field http_status? integer
---@field vendor_code? integer|string
---@field answer? signoff.Said
---@field stale? string
---@field code? signoff.Code
---@field sent? boolean

---Names and values. A function that returns them is called when the client is made, and again after `denied`: the call is
---then repeated once.
---@alias signoff.Headers table<string, signoff.Text>|fun(): table<string, signoff.Text>

---Options that every client has.
---@class signoff.Options
---@field url? string origin and any prefix, `https://host:port/prefix`; required, but for `cisco_em` with `host`
---@field path? string appended to `url`; each system has its own default, `""` is none
---@field timeout? number seconds, of one exchange (15)
---@field connect_timeout? number seconds (5)
---@field max_reply? integer decoded bytes of a reply (1 MiB; lists 64 MiB)
---@field ca_file? string PEM file with the CAs to trust, instead of the system's
---@field ca_dir? string directory of hashed CA files
---@field client_cert? string PEM file
---@field client_key? string PEM file
---@field client_key_password? signoff.Text
---@field verify? boolean the server's certificate and its name (true)
---@field proxy? signoff.Text its URL, or `"environment"` (none)
---@field no_proxy? string hosts to reach without it, with commas between
---@field user_agent? string (`signoff/VERSION`)
---@field accept? string `"json"`, `"xml"` or a media type of replies
---@field encoding? string `"json"`, `"xml"`, `"form"` or a media type of request bodies
---@field headers? signoff.Headers sent with every request; all values are masked
---@field log? signoff.Log

---@class signoff.cisco_em.Options: signoff.Options
---@field app_id string an application user with the right to act for others
---@field app_certificate signoff.Text its password
---@field host? string `"address:port"`; wins over `url`
---@field version? "undefined"|"v333"|"other" of CallManager, for the addresses behind `host` (`"undefined"`)
---@field tls? boolean for `host` (true; false with `v333`)
---@field query_url? string where queries go, if not to `url`
---@field ignore_members? string[] elements of replies that say nothing of who sits there now, such as who sat there before

---@class signoff.isymphony.Options: signoff.Options
---@field username string
---@field password signoff.Text
---@field core_server? string its slug (`"default"`)
---@field core_server_id? string its id, which wins over the slug

---@class signoff.agvance.Options: signoff.Options
---@field session_id? signoff.Text our own session's id: that session is marked `own`, and never logged off
---@field chunk? integer keys a request, 1 to 500 (50)

---@class signoff.oracle_commerce.Options: signoff.Options
---@field token? signoff.Text the access token of our own session: of calls without any argument, or with `{own = true}`
---@field nodes? string[] the base URL of each node behind `url`, for calls that ask one of them (`{node =}`); at most 64
---@field language? string header `X-CCAsset-Language` (`"en"`)
---@field verify_path? string the operation below `path` that tells whether a token is alive (`"verify"`)

---@class signoff.jde_ais.Options: signoff.Options
---@field token? signoff.Text the token of our own session: of calls without any argument, or with `{own = true}`
---@field nodes? string[] the base URL of each node behind `url`, for calls that ask one of them (`{node =}`); at most 64
---@field device? string the device name of calls that give none

---The last argument of every operation: for this call only.
---@class signoff.Overrides
---@field deadline? number seconds for all exchanges of the method, and in a loop for the waiting before them
---@field timeout? number seconds
---@field connect_timeout? number seconds
---@field max_reply? integer bytes
---@field accept? string
---@field encoding? string
---@field cookie? signoff.Text `name=value; name=value`, 4 KiB at most: sent in this exchange only, before those of `headers`, of which one
---with the same name is left out
---@field node? integer which of the client's `nodes` is asked (0: `url`)
---@field own? boolean the client's own `token` is meant; it never stands in for one that is missing

---Options of `signoff.defaults`; `false` takes one back.
---@class signoff.Defaults: signoff.Options
---@field profile? signoff.Profile (`"script"`)

---Options of `verify` and `signout`. The profile has the defaults.
---@class signoff.Watch
---@field schedule? number[] seconds between observations, the last one again and again (script: 1, 2, 3, 5; dialplan: 0.2, 0.3, 0.5)
---@field settle? number seconds between the two observations that make "gone" count (script: 10; dialplan: 0)
---@field deadline? number seconds for all of it (script: 60; dialplan: 2)
---@field user? string `signout`, Extension Mobility: only if this person sits there
---@field own? boolean Oracle Commerce, JD Edwards: in place of a target, the session of the client's own `token`
---@field status? signoff.isymphony.NewStatus iSymphony: what to set (`signout`, required there), or what must read back (`verify`)

--------------------------------------------------------------------------------------------------------------------
-- Answers, errors, results

---The members of every returned table, lists included.
---@class signoff.Evidence
---@field http_status? integer
---@field fields table the reply's own members as decoded; of XML the root's children by local name; 1,000 values, 16 KiB at most
---@field vendor_code? integer|string integer for Extension Mobility, string for Agvance and Oracle; nil where none came
---@field vendor_message? string 512 bytes at most
---@field own_words boolean a refusal or an act's answer has the form that only the system itself gives it
---@field date? integer the reply's header `Date`, Unix seconds; nil where it has none, none that can be read, or two
---@field stale? string why this reply is not fresh, such as `its header says Age: 86400`; nil where nothing says so
---@field cookie? signoff.Secret|false Oracle Commerce, JD Edwards: what the next call about this target should send (`{cookie =}`) to reach
---the same node, if this reply changed it; false: none any more

---The members of every answer, lists included. Presence may be read from any; absence, and an act that is done, from a whole one only.
---@class signoff.Reply: signoff.Evidence
---@field whole boolean nothing in the reply, or around it, leaves a doubt
---@field doubt? string the first reason why it is not whole, as the end of "the reply ..."

---@class signoff.Answer: signoff.Reply
---@field answer signoff.Said

---The fourth value of a failure.
---@class signoff.Detail: signoff.Evidence
---@field code signoff.Code
---@field message string
---@field backend signoff.System
---@field operation string
---@field retriable boolean whether a later try may succeed; it says nothing of whether this one acted
---@field retry_after? number seconds that the system asks to wait
---@field malformed? boolean the reply is no well-formed XML; a list of devices or users was then asked for in halves
---@field sent boolean whether the request left: the system may have acted
---@field scope? signoff.Scope with `denied`, `rejected` and `not_found`

---@class signoff.Seen
---@field at number Unix seconds
---@field what string
---@field logins? integer iSymphony: panel logins that remain
---@field already? boolean iSymphony: the status was set before
---@field previous? signoff.isymphony.NewStatus iSymphony: what was set before

---@class signoff.Result
---@field system signoff.System
---@field action "logout"|"set_status"
---@field target string as it may be shown: a token by its fingerprint
---@field verdict signoff.Verdict
---@field code? signoff.Code
---@field message? string why
---@field evidence signoff.Seen[] what was seen and done, in order
---@field by_hand? string what a person must do now; nil after `ended`, `already_out`, `status_set`, `skipped`

--------------------------------------------------------------------------------------------------------------------
-- Members of all clients

---A client has every operation of every system; one that its system lacks answers `nil, message, "unsupported", detail`.
---After `close` every operation raises.
---@class signoff.Client
local Client = {}

---Closes it; twice is fine. Also by `<close>` and by collection.
function Client:close() end

---@return signoff.System
function Client:kind() end

---The operations that this client's system has.
---@return table<string, true>
function Client:can() end

---Watches until the target is gone, or the deadline. Changes nothing. Blocks the thread.
---Raises for an unknown option or a target of the wrong type; failures of the system are in the result.
---@param target string|signoff.Secret|table as `status` takes it
---@param options? signoff.Watch
---@return signoff.Result
function Client:verify(target, options) end

---Finds out who is there, signs out, and watches until the target is gone, or the deadline. Blocks the thread.
---Raises for an unknown option or a target of the wrong type; failures of the system are in the result.
---@param target string|signoff.Secret|table as `status` takes it
---@param options? signoff.Watch
---@return signoff.Result
function Client:signout(target, options) end

--------------------------------------------------------------------------------------------------------------------
-- Cisco Extension Mobility

---@class signoff.cisco_em.Device: signoff.Reply
---@field active? boolean somebody is logged in, though perhaps nobody can tell who; nil for `no_device` and `unknown`
---@field device string as asked
---@field state signoff.cisco_em.State
---@field user? string
---@field last_user? string
---@field emcc? boolean
---@field others? signoff.cisco_em.Other[] elements of the row that no documentation names, 16 at most

---Whose text may be somebody's name: compare it before the phone is taken to be free.
---@class signoff.cisco_em.Other
---@field name string
---@field text string 256 bytes at most

---@class signoff.cisco_em.User
---@field active? boolean nil for `no_user` and `unknown`
---@field user string as asked
---@field state signoff.cisco_em.State
---@field devices string[]
---@field whole boolean this row and the reply around it are whole; `active` is false, and `state` `free` or `no_user`, only then
---@field doubt? string why they are not

---@class signoff.cisco_em.Devices: signoff.Reply
---@field [integer] signoff.cisco_em.Device

---@class signoff.cisco_em.Users: signoff.Reply
---@field [integer] signoff.cisco_em.User

---@class signoff.cisco_em.Login
---@field device string
---@field user string
---@field profile? string the device profile
---@field minutes? integer after which the system logs out
---@field indefinite? boolean no end; not together with `minutes`

---@class signoff.cisco_em.Client: signoff.Client
local cisco_em = {}

---Logs out whoever sits at a device. Code 19 ("No user logged in") answers `already_out`. [seed]
---@param device string its name, `SEP...`
---@param overrides? signoff.Overrides
---@return signoff.Answer? answer
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function cisco_em:logout(device, overrides) end

---The user at a device. [documented]
---@param device string
---@param overrides? signoff.Overrides
---@return signoff.cisco_em.Device? device
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function cisco_em:status(device, overrides) end

---The users at some devices: one request, one row for each that was asked. [documented]
---@param devices string[]
---@param overrides? signoff.Overrides
---@return signoff.cisco_em.Devices? devices
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function cisco_em:query_devices(devices, overrides) end

---Where each of some users is logged in: one request, one row for each that was asked. [documented]
---@param users string[]
---@param overrides? signoff.Overrides
---@return signoff.cisco_em.Users? users
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function cisco_em:query_users(users, overrides) end

---Logs a user in at a device. [documented]
---@param login signoff.cisco_em.Login
---@param overrides? signoff.Overrides
---@return signoff.Answer? answer
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function cisco_em:login(login, overrides) end

--------------------------------------------------------------------------------------------------------------------
-- iSymphony

---A user's name; or its id, which changes whenever the server restarts, with the name to fall back on.
---@alias signoff.isymphony.Reference string|{id: string, user_name?: string}

---@class signoff.isymphony.NewStatus
---@field name string as the panel shows it
---@field type signoff.isymphony.Type the icon
---@field note? string
---@field return_time? integer milliseconds since 1970, -1 for none
---@field return_at? integer the same in Unix seconds; one of the two

---A status says nothing of sessions: there is no `active`.
---@class signoff.isymphony.Status: signoff.Reply
---@field id? string
---@field configuration_id? string
---@field name string
---@field type signoff.isymphony.Type
---@field note? string
---@field return_time? number milliseconds since 1970, -1 for none
---@field user_created? boolean false: one of the presets

---@class signoff.isymphony.User: signoff.Reply
---@field id? string
---@field configuration_id? string
---@field user_name? string
---@field displayed_name? string
---@field permission_id? string

---@class signoff.isymphony.Login
---@field id? string
---@field ip? string
---@field port? number
---@field time_connected? number milliseconds since 1970

---@class signoff.isymphony.Users: signoff.Reply
---@field [integer] signoff.isymphony.User

---@class signoff.isymphony.Logins: signoff.Reply
---@field [integer] signoff.isymphony.Login

---@class signoff.isymphony.Client: signoff.Client
local isymphony = {}

---A user's status. [seed]
---@param user signoff.isymphony.Reference
---@param overrides? signoff.Overrides
---@return signoff.isymphony.Status? status
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function isymphony:status(user, overrides) end

---Sets a user's status. It changes neither calls nor logins. HTTP 204 is `accepted`, another 2xx `undecided`. [seed]
---@param user signoff.isymphony.Reference
---@param status signoff.isymphony.NewStatus
---@param overrides? signoff.Overrides
---@return signoff.Answer? answer
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function isymphony:set_status(user, status, overrides) end

---All users of the core server. [documented]
---@param overrides? signoff.Overrides
---@return signoff.isymphony.Users? users
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function isymphony:users(overrides) end

---One user. [documented]
---@param user signoff.isymphony.Reference
---@param overrides? signoff.Overrides
---@return signoff.isymphony.User? user
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function isymphony:user(user, overrides) end

---A user's open panels. They can be listed, not closed. [documented]
---@param user signoff.isymphony.Reference
---@param overrides? signoff.Overrides
---@return signoff.isymphony.Logins? logins
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function isymphony:logins(user, overrides) end

--------------------------------------------------------------------------------------------------------------------
-- Agvance

---@class signoff.agvance.Answer: signoff.Answer
---@field requested integer distinct keys asked for
---@field count? integer sessions logged off, as the system counts them; nil where it does not say
---@field partial? boolean fewer than requested
---@field failed? string[] keys of later requests that failed, and our own session's
---@field error? signoff.Detail why they did

---@class signoff.agvance.Session
---@field user? string
---@field application? string
---@field session_log_key string what `logout` and `status` take
---@field session_id? string what its holder authenticates with, in the clear
---@field own? boolean it is this client's own session
---@field doubt? string why this row cannot be read: one of the two below
---@field doubt_key? string its key is missing, blank or no text: it may be any key of that user
---@field doubt_user? string its user likewise: it may be anybody's

---@class signoff.agvance.Status: signoff.Reply, signoff.agvance.Session
---@field active? boolean in the list of sessions; nil where the list does not tell
---@field whole boolean nothing in the list leaves a doubt about this key

---@class signoff.agvance.Sessions: signoff.Reply
---@field [integer] signoff.agvance.Session

---@class signoff.agvance.Statuses: signoff.Reply
---@field [integer] signoff.agvance.Status

---@class signoff.agvance.Client: signoff.Client
local agvance = {}

---Logs sessions off, `chunk` keys a request. A count of 0 answers `already_out`. [seed]
---@param keys string[]|string session log keys
---@param overrides? signoff.Overrides
---@return signoff.agvance.Answer? answer
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function agvance:logout(keys, overrides) end

---All sessions. [inferred]
---@param overrides? signoff.Overrides
---@return signoff.agvance.Sessions? sessions
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function agvance:sessions(overrides) end

---Whether there is such a session; of a list of keys a list, from one request. [inferred]
---@param key string
---@param overrides? signoff.Overrides
---@return signoff.agvance.Status? status
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
---@overload fun(self, keys: string[], overrides?: signoff.Overrides): signoff.agvance.Statuses?, string?, signoff.Code?
function agvance:status(key, overrides) end

--------------------------------------------------------------------------------------------------------------------
-- Oracle Commerce

---@class signoff.oracle_commerce.Answer: signoff.Answer
---@field result? true

---@class signoff.oracle_commerce.Status: signoff.Reply
---@field active? boolean nil where the reply does not say

---@alias signoff.oracle_commerce.Target signoff.Text|{token?: signoff.Text}

---@class signoff.oracle_commerce.Client: signoff.Client
local oracle_commerce = {}

---Logs out the bearer of a token. HTTP 401 answers `already_out`; a 200 without a result is `undecided`. [seed]
---@param token? signoff.oracle_commerce.Target the client's own token without any argument; a nil that is passed raises
---@param overrides? signoff.Overrides
---@return signoff.oracle_commerce.Answer? answer
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function oracle_commerce:logout(token, overrides) end

---Whether a token is alive. A site without such an operation answers `unsupported`. [inferred]
---@param token? signoff.oracle_commerce.Target
---@param overrides? signoff.Overrides
---@return signoff.oracle_commerce.Status? status
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function oracle_commerce:status(token, overrides) end

--------------------------------------------------------------------------------------------------------------------
-- JD Edwards EnterpriseOne, AIS server

---@class signoff.jde_ais.Answer: signoff.Answer
---@field status? string as the server wrote it
---@field device_from? "token" nobody gave a device, and the token named the one that was sent

---@class signoff.jde_ais.Status: signoff.Reply
---@field active? boolean nil where the reply does not say, or was a refusal and no device was given in the target
---@field device_from? "token" nobody gave a device, and the token named the one that was sent

---`cookie`: the login reply's `aisSessionCookie`, or `name=value; name=value`.
---@alias signoff.jde_ais.Target signoff.Text|{token?: signoff.Text, device?: string, cookie?: signoff.Text}

---@class signoff.jde_ais.Client: signoff.Client
local jde_ais = {}

---Ends a session. HTTP 444 or 403 answers `already_out` if a device was given in the target, `undecided` otherwise. [seed]
---@param target? signoff.jde_ais.Target the client's own token without any argument; a nil that is passed raises
---@param overrides? signoff.Overrides
---@return signoff.jde_ais.Answer? answer
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function jde_ais:logout(target, overrides) end

---Whether a session is alive; asking does not prolong it. [documented]
---@param target? signoff.jde_ais.Target
---@param overrides? signoff.Overrides
---@return signoff.jde_ais.Status? status
---@return string? message
---@return signoff.Code? code
---@return signoff.Detail? detail
function jde_ais:status(target, overrides) end

--------------------------------------------------------------------------------------------------------------------
-- Systems in Lua

---An option of a system in Lua. Those that are no secret tell tenants apart: a plan holds for a system where all of them are the same.
---@class signoff.DefinedOption
---@field name string not one that all clients have, nor the name of a method
---@field type? "string"|"number"|"boolean"|"list" `"string"`; a list is one of texts
---@field required? boolean
---@field secret? boolean it is masked everywhere
---@field fallback? string|number its value where none is given
---@field choices? string[] the texts that are taken
---@field least? number
---@field most? number
---@field whole? boolean a whole number
---@field may_be_empty? boolean
---@field route? boolean it names a route to the same tenant, such as a version
---@field what? string for its users

---A request. `path` is below the client's own `path`; it may not hold `..`.
---@class signoff.DefinedRequest
---@field method? "GET"|"POST"|"PUT"|"DELETE"|"PATCH" `"GET"`; with a body `"POST"`
---@field path? string|string[] as it travels; or segments, which are percent-encoded
---@field query? table<string, string|number|boolean>
---@field headers? table<string, string> a `Cookie` among them is kept as those of balancers are; values are masked
---@field username? string of Basic authentication, with `password`
---@field password? string
---@field json? any written by lua-cjson; at most one of `json`, `xml`, `form` and `body`
---@field xml? string
---@field form? table<string, string|number|boolean>
---@field body? string
---@field content_type? string of `xml` and `body`

---A reply as `read` gets it: a success, or a refusal (400 and above) whose body is an object. Pages, redirects and what is broken or
---hostile are failures before.
---@class signoff.DefinedReply
---@field status integer the HTTP status
---@field body any JSON as lua-cjson decodes it; XML as `fields` has it; an empty table where there is none
---@field format "json"|"xml"|"none"

---The third value of a `read` that fails.
---@class signoff.DefinedFailure
---@field message? string
---@field scope? signoff.Scope
---@field retriable? boolean
---@field vendor_code? string|number its row in `codes` says the rest
---@field vendor_message? string
---@field own_words? boolean the body has the form that only the system itself gives it

---An operation of a system in Lua. `build` and `read` cannot wait and make no calls. An error in `build` raises; one in `read` is
---`unusable`, and the request may have acted.
---
---`build(client, target)` gives a request; or nil and why this target cannot be sent. `client.options` has the options, secrets as texts.
---`set_status`, where evidence is `"setting"`, also gets the status that is to be set: `name`, `type`, `note`, `return_time`.
---
---`read(reply, target)` gives a table, the answer; or nil, a code (`denied`, `rejected`, `not_found`, `busy`, `server`, `unusable`,
---`unsupported`) and a `signoff.DefinedFailure`; or nil alone: what the HTTP status means. An answer may have `own_words`, `doubt` (why the
---reply is not whole), `vendor_code` and `vendor_message`. That of a change has `answer`; of evidence `"token"` `active`; of
---`"occupant"` `active`, `user` and `state` (`"missing"`: the system knows no such target); of `"setting"` `name`, `type`, `note` and
---`return_time`; that of a list is a list of rows.
---@class signoff.DefinedOperation
---@field build fun(client: {options: table}, target: any): signoff.DefinedRequest?, string?
---@field read fun(reply: signoff.DefinedReply, target: any, client: {options: table}): any, string?, signoff.DefinedFailure?
---@field changes? boolean it changes something: pacing counts it
---@field repeatable? boolean it does no harm twice; what only reads does none
---@field retry? "no"|"once"|"paced" `"paced"` where it is repeatable
---@field evidence? "session"|"token"|"occupant"|"setting" what a look proves; at `status` `"session"` means that a target is a user
---@field batch_max? integer targets of one request (1; 1000 at most); above 1 `target` is a list
---@field target? boolean false: it takes none
---@field what? string for its users

---@class signoff.DefinedMember
---@field name string
---@field secret? boolean
---@field required? boolean
---@field route? boolean it says which way a call goes, not whom it concerns
---@field what? string

---A target of named members. The first one tells it: a secret one is called `token`. A second one belongs to it, such as a device.
---@class signoff.DefinedTarget
---@field members signoff.DefinedMember[]
---@field read? fun(text: string): table?, string? the members in the text of a cell; nil and what is wrong
---@field write? fun(target: table): string the text again, where no member is a secret
---@field duplicate_advice? string about a target that stands twice in a list

---@class signoff.DefinedList
---@field operation string gives all sessions
---@field key string the rows' member that tells one: a target's text
---@field user? string the rows' member with its user (the key: a target is the user's name)
---@field own? {option: string, member: string} our own session, which is never ended: the option equals that member

---@class signoff.DefinedResolve
---@field operation? string asked with a list of names, where there is no list of sessions: a row each, with `active` and `devices`
---@field target_at? fun(id: string, name: string): table the target there
---@field optional? string the message for `user:NAME?`, whom the system does not know
---@field never_optional? string why `user:NAME?` has no meaning here

---@class signoff.DefinedDoctor
---@field operation string one that only reads
---@field arguments? any[]
---@field shows string what its success shows
---@field remark? fun(answer: any): string? a warning

---@class signoff.DefinedCode
---@field code? signoff.Code of a failure; or
---@field answer? signoff.Said
---@field scope? signoff.Scope
---@field retriable? boolean
---@field wording string

---@class signoff.DefinedStatus
---@field code signoff.Code
---@field scope? signoff.Scope
---@field retriable? boolean

---Members of replies, by which a reply is found to be whole.
---@class signoff.DefinedWords
---@field data? string[] their names and texts never mean an error
---@field errors? string[] only errors have them, though their names do not say so
---@field lists? string[] members that are lists: of XML elements that may be repeated, and are a list for `read` also where there is one
---of them alone; of JSON those that are arrays. A reply that has something else there, such as an empty object, is not whole
---@field rows? string the member that holds a long list; of JSON an array, as in `lists`
---@field known? string[] with evidence `"occupant"`: the members of a place. An unknown one that names the person is no absence
---@field attributes? string[] of XML, which `read` sees as members; an element that has one of them has its own text as `text`

---A system in Lua. Without a `list` and an operation `status` with evidence nothing proves that somebody is out: the verdict is never
---better than `unverified`.
---@class signoff.Definition
---@field name string small letters, digits and `_`; as it stands in plans and journals
---@field title string
---@field default_path? string of the option `path`
---@field options? signoff.DefinedOption[]
---@field target "text"|"token"|signoff.DefinedTarget one text that may be shown, one secret, or named members
---@field operations table<string, signoff.DefinedOperation>
---@field signs_out? string the operation that ends a session, where several change something
---@field list? signoff.DefinedList who is in; `status` follows from it
---@field codes? table<string|number, signoff.DefinedCode> by the vendor's code
---@field statuses? table<integer, signoff.DefinedStatus> HTTP statuses that mean something else here
---@field by_hand string advice for a person where the module failed, after "... for TARGET:"
---@field limits? {concurrency?: integer, per_minute?: number} 8 requests at once, not paced
---@field resolve? signoff.DefinedResolve `user:NAME` may stand in a cell
---@field doctor? signoff.DefinedDoctor what shows that its credentials work; the list, and of tokens `status`, need none
---@field accepts? string[] media types of replies, the default first: JSON and XML
---@field words? signoff.DefinedWords
---@field names? "exact"|"folded" how names of people are compared: `"exact"`; `"folded"`: without regard to case
---@field targets? "exact"|"folded" how targets are
---@field renewable? boolean a new token may be had for an old one, so that a lost logout proves nothing (true)
---@field sticky? boolean it may have several nodes: cookies of replies keep later calls at one of them (or an option `nodes` lists them)

--------------------------------------------------------------------------------------------------------------------
-- The module

--------------------------------------------------------------------------------------------------------------------
-- Many at once

---The options of `signoff.loop` and `signoff.engine`.
---@class signoff.LoopOptions
---@field concurrency? integer calls on their way at once, of all clients without a limit of their own (64; 1 to 1024)

---@class signoff.Limits
---@field concurrency? integer calls on their way at once (without it they count among those of the loop or engine)
---@field per_minute? number calls that change something, in any 60 s
---@field per_second? number the same, in any second

---@class signoff.Task
local Task = {}

---Waits until the task has ended, and gives what its function returned.
---Raises its error, with a traceback; that it was cancelled; that all tasks wait for each other; and in a coroutine that a task made
---itself, unless `signoff.wrap` made it. Only tasks of the same loop or engine can wait.
---@return any ...
function Task:join() end

---Has a function called when the task has ended: outside of tasks, so that methods of clients block in it. Where the task has ended
---already, it is called in the next step. The error of a task that has such a function is told by that, and raised nowhere else.
---An error of the function is raised by `engine:step`, or ends the loop.
---Raises after the end of the loop or engine.
---@param callback fun(fine: boolean, ...) whether it returned; what it returned, or its error
---@return signoff.Task self
function Task:done(callback) end

---A call that is on its way returns `"cancelled"`, anything else that waits raises, and so does all that would wait after it.
function Task:cancel() end

---@class signoff.Loop
local Loop = {}

---Starts a task. `join` raises its error; the loop does so in the end if no task joined it.
---@param f fun(...)
---@param ... any its arguments
---@return signoff.Task
function Loop:spawn(f, ...) end

---Waits; 0 lets the other tasks run.
---@param seconds number
function Loop:sleep(seconds) end

---Limits the calls of one client in this loop.
---Raises unless it is an open client, and for an unknown or wrong option.
---@param client signoff.Client
---@param limits signoff.Limits
function Loop:limit(client, limits) end

---A loop that the program steps, in the event loop that it has. It watches one descriptor for reading, and calls `step` when that is
---readable, and when `timeout` is over; `timeout` is asked again after each step. `signoff.with.luv` and `signoff.with.cqueues` do that.
---
---A task that is spawned outside of tasks begins a tree: the tasks that it spawns, and theirs. If it fails or is cancelled, they are
---ended. All methods but `close` raise after `close`, in a child of the process, and on another thread of it.
---@class signoff.Engine
local Engine = {}

---The descriptor to watch for reading. It stays the same; only `close` closes it.
---@return integer
function Engine:pollfd() end

---The same, by the name that LuaSocket's `select` and Prosody's `watchfd` look for.
---@return integer
function Engine:getfd() end

---The events to watch the descriptor for.
---@return "r"
function Engine:events() end

---The seconds after which a step is due though the descriptor is not readable: 0 at once, nil never.
---@return number? seconds
function Engine:timeout() end

---Does what can be done, for about a millisecond, and never waits. Gives how many tasks are left.
---Raises the error of a task that nobody was told (no task joined it, and it has no `done`) when all tasks of its tree have ended, that
---of a callback of `done`, and that all tasks wait for each other: one a step, and `timeout` is 0 while more are left. The engine goes on.
---Raises inside tasks and callbacks.
---@return integer left
function Engine:step() end

---Starts a task, which begins in the next step; inside a task, when that one waits. Makes the descriptor readable.
---@param f fun(...)
---@param ... any its arguments
---@return signoff.Task
function Engine:spawn(f, ...) end

---Waits, inside a task of the engine; 0 lets the other tasks run.
---@param seconds number
function Engine:sleep(seconds) end

---Limits the calls of one client in this engine, at any time.
---Raises unless it is an open client, and for an unknown or wrong option.
---@param client signoff.Client
---@param limits signoff.Limits
function Engine:limit(client, limits) end

---For adapters: notes the event loop that steps the engine. Raises if another one does.
---@param on_ready fun() called now, and when something outside of a step made the descriptor readable
---@param on_close fun() called by `close`, before the descriptor is closed
function Engine:attach(on_ready, on_close) end

---Cancels all calls, ends all tasks, calls the functions of `done` with false, and closes the descriptor. Also `<close>`.
---A callback of `done` may call it, a task may not. Raises an error that nobody was told; the engine is closed then, too.
function Engine:close() end

---@class signoff
---@field _VERSION string
---@field secret signoff.Secrets
local signoff = { secret = secret }

---Makes a client of Cisco Extension Mobility. Raises for an option that is unknown, missing or of the wrong type, naming it.
---@param options signoff.cisco_em.Options
---@return signoff.cisco_em.Client
function signoff.cisco_em(options) end

---Makes a client of iSymphony.
---@param options signoff.isymphony.Options
---@return signoff.isymphony.Client
function signoff.isymphony(options) end

---Makes a client of Agvance.
---@param options signoff.agvance.Options
---@return signoff.agvance.Client
function signoff.agvance(options) end

---Makes a client of Oracle Commerce (Agent API).
---@param options signoff.oracle_commerce.Options
---@return signoff.oracle_commerce.Client
function signoff.oracle_commerce(options) end

---Makes a client of JD Edwards EnterpriseOne (AIS server).
---@param options signoff.jde_ais.Options
---@return signoff.jde_ais.Client
function signoff.jde_ais(options) end

---Describes a system in Lua, and gives the constructor of its clients, which have all that the others' have. A name is taken once in a
---program. Raises for a definition that is wrong, naming the system and the member.
---@param definition signoff.Definition
---@return fun(options: table): signoff.Client
function signoff.system(definition) end

---Sets options for clients made later, and gives those in force.
---Raises for an unknown option or profile, naming it.
---@param options? signoff.Defaults
---@return signoff.Defaults
function signoff.defaults(options) end

---Runs `f` as the first task of a cooperative scheduler, until all tasks have ended. Methods of clients wait inside without
---keeping the other tasks. Raises the error that ended it; in nginx, naming `ngx.thread`.
---@param f fun(loop: signoff.Loop): ...
---@param options? signoff.LoopOptions
---@return any ... what `f` returned
function signoff.loop(f, options) end

---Makes a loop that the program steps, in the event loop that it has already. In nginx it raises, naming `ngx.thread`.
---@param options? signoff.LoopOptions
---@return signoff.Engine
function signoff.engine(options) end

---Calls `f`. Calls of clients inside have no more time than is left of `seconds`; then they fail with `"timeout"`.
---@param seconds number
---@param f fun(...): ...
---@param ... any its arguments
---@return any ... what `f` returned
function signoff.deadline(seconds, f, ...) end

---`pcall` that may wait, on every Lua.
---@param f fun(...): ...
---@param ... any its arguments
---@return boolean fine
---@return any ... what `f` returned, or its error
function signoff.pcall(f, ...) end

---A coroutine, as `coroutine.wrap` makes it, in which methods may wait inside a task: the task that resumes it waits for them. In
---coroutines that a task makes otherwise, methods block. In nginx every coroutine may wait.
---@param f fun(...): ...
---@return fun(...): ... resume it returns what `f` yields or returns, and raises what `f` raises
function signoff.wrap(f) end

---A short name for a secret: `sha256:` and the first 12 hexadecimal digits.
---@param value signoff.Text
---@return string
function signoff.fingerprint(value) end

return signoff
