---@meta signoff.receiver
-- SPDX-License-Identifier: MIT
-- luacheck: ignore 212 241

-- Types of signoff.receiver for editors (lua-language-server). Nothing reads this file when a program runs.

---How an event was understood, and what comes of it.
---@alias signoff.receiver.Disposition
---| "act" # the person is signed out
---| "record" # it is kept, and nothing is done: the person went home, or the event is of another kind
---| "held" # a person must release it: the brake allowed no more, or the site's own policy failed
---| "stale" # it is older than `max_age`; look at it
---| "unknown_subject" # nobody of the list has that identifier, or the person is another issuer's; look at it
---| "ambiguous" # several persons have it; look at it
---| "skipped" # the person is protected
---| "not_understood" # an event that is not known, or a subject with a critical member that is not

---A stream of Security Event Tokens.
---@class signoff.receiver.EventOptions
---@field audience string the stream's `aud`
---@field authorization? signoff.Text|signoff.Text[] the whole `Authorization` header that the stream sends;
---two while one replaces the other
---@field profile? "final"|"legacy" `legacy` takes what Okta, Google and older senders send: no `typ`,
---the subject in the event, milliseconds (`final`)
---@field sid? "record"|"act" of a subject with a session, a device or an application: `act` signs out the whole person (`record`)
---@field act? string[] events that are recorded otherwise: `credential-change` (revoked, or a password set by an administrator),
---`account-credential-change-required`, `credential-compromise`
---@field critical? string[] members of a subject that the issuer's metadata calls critical
---@field state? string that was asked for when the stream was verified; another one is refused

---@class signoff.receiver.LogoutOptions
---@field client_id string the client that the issuer knows this site by
---@field sid? "record"|"act" of a token that names a session: `act` signs out the whole person (`record`)
---@field trusted_audiences? string[] others that may stand in `aud` besides
---@field strict? boolean a token without `exp` is refused; otherwise it is taken for five minutes (false)

---@class signoff.receiver.RevocationOptions
---@field audience string the URL of the endpoint, as the issuer has it
---@field subject string the client that the issuer knows this site by: the assertion's `sub`
---@field profile? "final"|"legacy" `legacy` takes `subject` in place of `sub_id` (`final`)

---@class signoff.receiver.IssuerOptions
---@field issuer string its URL, exactly as in `iss`
---@field algorithms? string[] of RS256, PS256, ES256, ES384: those that it signs with ({"RS256"})
---@field jwks_uri? string where its keys are; otherwise its metadata says
---@field keys? string a file of keys instead
---@field ca_file? string PEM file with the CAs to trust where its keys are fetched
---@field proxy? string by which they are fetched
---@field tenant? string|table that a subject must name, if it names any: its `id`, `uri` or `iss`, or a table of its members
---@field speaks_for? string[] other issuers whose `sub` it may name
---@field ssf? signoff.receiver.EventOptions
---@field logout? signoff.receiver.LogoutOptions
---@field revocation? signoff.receiver.RevocationOptions

---@class signoff.receiver.Options
---@field inbox string|table the folder in which events are kept, 0700; or an object with `add`
---@field people string|table|fun(identifier: table, issuer: string): string? a list as `plan` takes it, read again
---when it has changed; or a function that gives a name, or nil and `"unknown"` or `"ambiguous"`, or nil and a
---message
---@field identities? table the column for each kind of identifier: `email`, `phone_number`, `account`, an issuer's URL (its
---`sub`), and `opaque` (a table by issuer)
---@field issuers signoff.receiver.IssuerOptions[]
---@field authoritative? boolean the list has everybody: Global Token Revocation of an unknown person is 404, otherwise 204 (false)
---@field protect? string[] persons who are never signed out
---@field max_age? string|number an event that is older is stale (24h)
---@field brake? string the events of more persons in a time (`25/h`) are held until a person releases them; `watch` has a brake, too
---@field policy? fun(event: signoff.receiver.Event): string? decides in place of the defaults: `"act"`, `"record"`, or nil for the default
---@field log? fun(level: signoff.Level, message: string, fields: table) nginx's error log otherwise

---An event as it stands in the inbox.
---@class signoff.receiver.Event
---@field id string of kind, issuer and `jti`: the same in every inbox
---@field at number when it was received, Unix seconds
---@field kind "push"|"backchannel"|"revocation"
---@field iss string
---@field jti string
---@field txn? string
---@field event string its URI
---@field event_timestamp? number when it happened, Unix seconds
---@field iat number
---@field initiating_entity? "admin"|"user"|"policy"|"system"
---@field reason_admin? string what the sender wrote, on one line
---@field subject? table as it was sent
---@field narrowed? "session"|"device"|"application" the subject is less than the person
---@field person? string
---@field disposition signoff.receiver.Disposition
---@field reason? string why
---@field alg string
---@field kid? string the key that signed it
---@field sha256 string of the token; of a revocation: of its assertion's SHA-256 and the body
---@field worker integer

---@class signoff.Receiver
local Receiver = {}

---Opens the inbox of this worker, the keys and the list of people: once in each worker, in `init_worker_by_lua`.
---Raises where they cannot be opened, and where signoff/jose.so is not installed.
function Receiver:start() end

---Handles a request of nginx: one pushed Security Event Token.
---@param issuer? string the only one whose stream ends at this address; otherwise every stream does
function Receiver:push(issuer) end

---Handles a request of nginx: a logout token.
function Receiver:backchannel_logout() end

---Handles a request of nginx: Global Token Revocation.
function Receiver:global_token_revocation() end

---Takes a message without nginx. `request` has `body`, `content_type`, and where they are there `authorization`, `method`,
---`content_encoding` and `issuer` (as of `push`).
---@param kind "push"|"backchannel"|"revocation"
---@param request table
---@return integer status
---@return table headers
---@return string body
---@return signoff.receiver.Event? event that is in the inbox
function Receiver:accept(kind, request) end

local receiver = {}

---Checks all options, and names what is wrong. It opens nothing.
---@param options signoff.receiver.Options
---@return signoff.Receiver
function receiver.new(options) end

---Opens an inbox for its reader, who signs people out.
---@param path string
---@return table? inbox `:pending()`, `:take(n)`, `:finish(id, result)`, `:release(ids)`, `:events{since=}`, `:check()`
---@return string? message
function receiver.inbox(path) end
