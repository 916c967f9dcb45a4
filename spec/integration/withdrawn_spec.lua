-- SPDX-License-Identifier: MIT
-- Trust that was withdrawn stays withdrawn: in a process that goes on for years, nobody is let in for what was true when it began.

local mapped = require "spec.support.mapped"
local nginx = require "spec.support.nginx"
local fake_time = require "spec.support.fake_time"
local peer = require "spec.support.peer"
local tls = require "spec.support.tls"

local LIFETIME, SURELY_KEPT = 60, 40 -- seconds of a connection

local root, server -- certificates as they were made; nginx with "good" and "day"

local function make_certificates()
  root = peer.directory()
  tls.authority(root, "ca")
  tls.authority(root, "other")
  tls.certificate(root, "ca", "good", "IP:127.0.0.1")
  tls.certificate(root, "ca", "day", "IP:127.0.0.1", "day")
  for _, name in ipairs { "ana", "ben" } do
    tls.certificate(root, "ca", name, "DNS:client.example")
    for _, password in ipairs { "first", "second" } do
      peer.output_of(("cd %s && openssl ec -aes128 -passout pass:%s-password -in %s.key -out %s-%s.key 2>&1"):format(root, password, name, name, password))
    end
  end
end

-- Files that a row may change; nginx's worker, which is somebody else where root tests, changes and trusts its own only.
local function working_copy(host)
  local directory = peer.directory()
  peer.output_of(("cd %s && cp *.pem *.key %s && cd %s && mkdir cas && cp ca.pem cas && openssl rehash cas && chmod -R a+rX ."):format(root, directory, directory))
  if host == "nginx" then
    peer.output_of(("test $(id -u) -ne 0 || chown -R nobody %s"):format(directory))
  end
  return directory
end

local function client(certificate, key, password)
  return { ca_file = "@/ca.pem", client_cert = certificate and "@/" .. certificate, client_key = key and "@/" .. key, client_key_password = password }
end

local anonymous = client()
local ana = client("ana.pem", "ana.key")

-- `first`: the options of a client, and how it is let in; `change`: what becomes of its files, or `ends`: of the server's certificate.
local withdrawals = {
  ["a certificate that has expired"] = { first = anonymous, ends = "day", refused = "tls" },
  ["a CA that was removed from its file"] = { first = anonymous, change = "cp other.pem ca.pem", refused = "tls" },
  ["a CA whose file was replaced"] = { first = anonymous, change = "cp other.pem new && mv new ca.pem", refused = "tls" },
  ["a CA whose file is empty"] = { first = anonymous, change = ": >ca.pem", refused = "tls" },
  ["a CA that was removed from its folder"] = { first = { ca_dir = "@/cas" }, change = "rm cas/*", refused = "tls" },
  ["a client's key that is another's now"] = { first = ana, known = "ana", change = "cp ben.key ana.key", refused = "tls" },
  ["a client's key that is gone"] = { first = ana, known = "ana", change = "rm ana.key", refused = "tls" },
  ["a client's certificate that is gone"] = { first = ana, known = "ana", change = "rm ana.pem", refused = "tls" },
  ["a client's certificate that is another's now"] = {
    first = ana, known = "ana", change = "cp ben.pem ana.pem; cp ben.key ana.key", refused = "new as CN=ben",
  },
  ["a password that the key has no more"] = {
    first = client("ana.pem", "ana-first.key", "first-password"), known = "ana", change = "cp ana-second.key ana-first.key", refused = "tls",
  },
}

-- Clients at once, of the same server: the one with `first` is let in, the one with `second` is not, whatever it could ride on.
local others = {
  ["another CA"] = { first = anonymous, second = { ca_file = "@/other.pem" }, refused = "tls" },
  ["the system's CAs"] = { first = anonymous, second = {}, refused = "tls" },
  ["checks"] = { first = { verify = false }, second = {}, refused = "tls" },
  ["no client certificate"] = { first = ana, known = "ana", second = anonymous, refused = "new" },
  ["another client certificate"] = { first = ana, known = "ana", second = client("ben.pem", "ben.key"), refused = "new as CN=ben" },
  ["another client key"] = { first = ana, known = "ana", second = client("ana.pem", "ben.key"), refused = "tls" },
  ["a wrong key password"] = {
    first = client("ana.pem", "ana-first.key", "first-password"), known = "ana",
    second = client("ana.pem", "ana-first.key", "second-password"), refused = "tls",
  },
}

-- How a client is let in, with its certificate.
local function let_in(known, how)
  return how .. (known and " as CN=" .. known or "")
end

local function run(host, directory, steps)
  return fake_time.hosts[host](mapped(steps, function(leaf)
    return type(leaf) == "string" and leaf:gsub("@", directory) or leaf
  end))
end

local function ask(options, place, by)
  local all = { url = ("https://127.0.0.1:%d/%s"):format(server.ports[place.certificate or "good"], place.path or ""), token = "044-token", timeout = 5 }
  for name, value in pairs(options) do
    all[name] = value
  end
  return { ask = all, by = by }
end

local function withdraw(row, seconds)
  if row.ends then
    return { passes = seconds }
  end
  return { shell = "cd @ && { " .. row.change .. "; }" }
end

describe("in a running process", function()
  setup(function()
    make_certificates()
    server = tls.serve_kept_alive(root, "good", "day")
  end)
  after_each(nginx.stop_all)
  teardown(peer.stop_all)

  for host in pairs(fake_time.hosts) do
    describe("(" .. host .. ")", function()
      for what, row in pairs(withdrawals) do
        it(what .. " counts no more, a minute later at most, on a connection that is kept", function()
          local place = { certificate = row.ends }
          local before = row.ends and { passes = tls.seconds_left(root, row.ends) - 30 } or { passes = 1 }
          local in_use, last = ask(row.first, place), row.ends and LIFETIME or LIFETIME - SURELY_KEPT
          local steps = row.ends and { before, in_use, in_use, { passes = LIFETIME }, in_use }
            or { before, in_use, withdraw(row), { passes = SURELY_KEPT }, in_use, { passes = last }, in_use }
          assert.are.equal(table.concat({ let_in(row.known, "new"), let_in(row.known, "kept"), row.refused }, ", "), run(host, working_copy(host), steps))
        end)

        it(what .. " counts no more on the next connection", function()
          local place = { certificate = row.ends, path = "closing" }
          local one = ask(row.first, place)
          local before = row.ends and { passes = tls.seconds_left(root, row.ends) - 30 } or { passes = 1 }
          local steps = { before, one, one, withdraw(row, 31), one }
          assert.are.equal(table.concat({ let_in(row.known, "new"), let_in(row.known, "new"), row.refused }, ", "), run(host, working_copy(host), steps))
        end)
      end

      for what, row in pairs(others) do
        it("a client with " .. what .. " has its own connection", function()
          for _, path in ipairs { "", "closing" } do
            local first, second = ask(row.first, { path = path }, "first"), ask(row.second, { path = path }, "second")
            local again = path == "" and "kept" or "new"
            local said = run(host, working_copy(host), { first, first, second, first })
            local wanted = { let_in(row.known, "new"), let_in(row.known, again), row.refused, let_in(row.known, again) }
            assert.are.equal(table.concat(wanted, ", "), said)
          end
        end)
      end
    end)
  end
end)
