-- SPDX-License-Identifier: MIT
--- A process whose time passes as a spec says, and what a client learns in it, step by step: in plain Lua, in `signoff.loop`, in nginx.
--
-- A step is one of
--    { ask = options, by = name }     a client, made once a name, asks a server of `tls.serve_kept_alive`
--    { passes = seconds }             on all clocks of the process at once
--    { shell = command }
-- Every `ask` says how: "new", on a connection of its own, "resumed", on one with a TLS session from before, or "kept", on the same
-- as before; then the certificate that the server saw, if any. Or the code of the failure.

local cjson = require "cjson"
local child = require "spec.support.child"
local nginx = require "spec.support.nginx"
local peer = require "spec.support.peer"

local fake_time = {}

local library -- of the test that runs

local function build()
  if not library or not peer.read_file(library) then
    library = peer.directory() .. "/fake_time.so"
    local problem = peer.output_of(("cc -shared -fPIC -o %s spec/support/fake_time.c 2>&1"):format(library))
    assert(problem == "", problem)
  end
  return library
end

local walk = [[
local signoff, cjson = require "signoff", require "cjson"
local clients, seen, passed = {}, {}, 0

local function ask(step)
  local name = step.by or "one"
  clients[name] = clients[name] or signoff.jde_ais(step.ask)
  local answer, _, code = clients[name]:status()
  if not answer then
    return code
  end
  local fields = answer.fields
  local how = seen[fields.connection] and "kept" or fields.reused == "r" and "resumed" or "new"
  seen[fields.connection] = true
  return how .. (fields.client == "" and "" or " as " .. fields.client)
end

local function pass(seconds)
  passed = passed + seconds
  local file = assert(io.open("@directory@/passed", "r+"))
  file:write(("%015d"):format(passed))
  file:close()
end

local function take(step)
  if step.passes then
    pass(step.passes)
  elseif step.shell then
    os.execute(step.shell)
  else
    return ask(step)
  end
end

return function()
  local file, said = assert(io.open "@directory@/steps.json"), {}
  for _, step in ipairs(cjson.decode(file:read "*a")) do
    said[#said + 1] = take(step)
  end
  file:close()
  return table.concat(said, ", ")
end
]]

-- A directory with the code, and what a process needs in its environment.
local function prepare(steps)
  local directory = peer.directory()
  peer.output_of("chmod 755 " .. directory) -- for nginx's worker
  peer.write_file(directory .. "/passed", ("0"):rep(15) .. "\n")
  peer.output_of(("chmod 666 %s/passed"):format(directory))
  peer.write_file(directory .. "/steps.json", cjson.encode(steps))
  peer.write_file(directory .. "/walk.lua", (walk:gsub("@directory@", directory)))
  return directory, build()
end

local function in_lua(code)
  return function(steps)
    local directory, shared = prepare(steps)
    return child.run(code:format(directory), ('TIME_PASSED=%s/passed LD_PRELOAD="$LD_PRELOAD %s"'):format(directory, shared))
  end
end

local function in_nginx(steps)
  local directory, shared = prepare(steps)
  local server = nginx.start {
    environment = ("TIME_PASSED=%s/passed"):format(directory), preload = shared, files = { ["walk.lua"] = peer.read_file(directory .. "/walk.lua") },
    server = [[ location /walk { content_by_lua_block { ngx.say((require "walk")()) } } ]],
  }
  return server:get "/walk"
end

--- By the name of where they are taken: gives what the steps said, with ", " between.
fake_time.hosts = {
  ["plain Lua"] = in_lua 'print(dofile "%s/walk.lua"())',
  ["signoff.loop"] = in_lua 'require "signoff".loop(function() print(dofile "%s/walk.lua"()) end)',
  nginx = rawget(_G, "jit") and in_nginx or nil, -- which has its own Lua, whichever runs the specs: once is enough
}

return fake_time
