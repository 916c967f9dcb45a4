-- SPDX-License-Identifier: MIT
-- Secrets as Windows, containers and systemd leave them.

local child = require "spec.support.child"
local fixtures = require "spec.support.fixtures"
local peer = require "spec.support.peer"
local signoff = require "signoff"

local secret = signoff.secret
local root = peer.output_of "id -u" == "0"

after_each(peer.stop_all)

local function raises(words, f, ...)
  local fine, problem = pcall(f, ...)
  assert(not fine, "it is taken")
  assert(tostring(problem):find(words, 1, true), tostring(problem))
  assert(not tostring(problem):find("passw", 1, true), "the error shows it")
end

describe("bytes that no login takes", function()
  local BOM, CR, BREAK, WIDE = "a byte order mark", "a carriage return", "a line break", "UTF-16"
  local wide = ("password"):gsub(".", "%0\0")
  local rows = {
    { "\239\187\191password", BOM }, { "\239\187\191password\n", BOM }, { "\239\187\191", BOM }, { "\239\187\191password\r\n", BOM },
    { "password\r", CR }, { "password\r\n", CR }, { "pass word\r\n", CR }, { "pass\r\nword\r\n", CR }, { "\r", CR },
    { "password\n\n", BREAK }, { "\npassword", BREAK }, { "\r\npassword", BREAK }, { "password\n\n\n", BREAK },
    { "\255\254" .. wide, WIDE }, { "\254\255\0p\0a", WIDE }, { wide, WIDE }, { "\0p\0a", WIDE }, { wide .. "\n\0", WIDE },
  }
  for number, row in ipairs(rows) do
    it(("are refused: row %d, %s"):format(number, row[2]), function()
      local path = peer.directory() .. "/secret"
      peer.write_file(path, row[1])
      os.execute("chmod 600 " .. path)
      raises(row[2], secret.file, path)
      local text = row[1]:gsub("\n$", "")
      if not text:find("\0", 1, true) then
        local program = 'print(pcall(require("signoff").secret.env, "SIGNOFF_SPEC"))'
        local variable = ("SIGNOFF_SPEC=\"$(cat %s; echo .)\"; export SIGNOFF_SPEC; SIGNOFF_SPEC=\"${SIGNOFF_SPEC%%.}\""):format(path)
        peer.write_file(path .. ".lua", program)
        local output = peer.output_of(("%s; %s %s 2>&1"):format(variable, child.interpreter, path .. ".lua"))
        assert(output:find("'SIGNOFF_SPEC' ", 1, true), output)
      end
      if row[2] ~= BREAK then
        raises(row[2], secret.new, text)
      end
      if row[2] == CR then
        raises(row[2], secret.new, row[1])
      end
    end)
  end

  for _, option in ipairs {
    { "cisco_em", "app_certificate" }, { "agvance", "session_id" }, { "isymphony", "password" }, { "jde_ais", "client_key_password" }, { "jde_ais", "token" },
    { "oracle_commerce", "token" },
  } do
    it(("are refused as a text: %s, %s"):format(option[1], option[2]), function()
      for _, text in ipairs { "\239\187\191s3cret", "s3cret\r", "s3cret\r\n" } do
        local fine, problem = pcall(fixtures.client, option[1], { [option[2]] = text })
        assert(not fine and problem:find(("option '%s' "):format(option[2]), 1, true), problem)
        assert.is_nil(problem:find("s3cret", 1, true))
      end
    end)
  end

  it("are not those within", function()
    for _, text in ipairs { "pass\rword", "pass\nword", " password ", "\195\164", "p", "\239\187", "pass\239\187\191word", "a\0b" } do
      assert.are.equal("secret: ***", tostring(secret.new(text)))
    end
  end)
end)

-- A script that prints what it takes of the folder, which is $CREDENTIALS_DIRECTORY; `setup` runs in a mount namespace of its own.
local function taken(setup, expression, user)
  local folder = peer.directory()
  peer.write_file(folder .. "/take.lua", ('local signoff = require "signoff" local folder = os.getenv "FOLDER"\n'
    .. "print(pcall(function() return signoff.fingerprint(%s) end))"):format(expression))
  os.execute(("chmod 755 %s && chmod 644 %s/take.lua && mkdir -m 755 %s/c"):format(folder, folder, folder))
  peer.write_file(folder .. "/run", ("set -e; cd %s\n%s\nFOLDER=%s/c CREDENTIALS_DIRECTORY=%s/c %s timeout 300 %s take.lua 2>&1\n"):format(
    folder, setup:gsub("MOUNT", "mount -t tmpfs tmpfs c"):gsub("FIX", "mount -o remount,ro c"), folder, folder,
    user and ("setpriv --reuid %s --clear-groups"):format(user) or "", child.interpreter))
  return peer.output_of(("unshare -m --propagation private sh %s/run 2>&1"):format(folder))
end

local function can_mount()
  return root and peer.output_of "unshare -m --propagation private sh -c 'mount -t tmpfs tmpfs /mnt && echo fine' 2>&1" == "fine"
end

local GOOD = "true\tsha256:5e884898da28"
local CREDENTIAL, FILE = 'signoff.secret.credential "db"', 'signoff.secret.file(folder .. "/db")'

describe("a credential", function()
  -- How it lies there, what takes it, and what comes of it.
  local rows = {
    { "of systemd: 0400 in 0500", "printf password > c/db; chmod 400 c/db; chmod 500 c", CREDENTIAL, GOOD },
    { "of systemd with an ACL, which shows as the group's", "printf password > c/db; chmod 440 c/db; chmod 550 c", CREDENTIAL, GOOD },
    { "in a read-only mount, for all", "MOUNT; printf password > c/db; chmod 444 c/db; FIX", CREDENTIAL, GOOD, true },
    { "in a read-only mount, for its group", "MOUNT; printf password > c/db; chmod 440 c/db; FIX", CREDENTIAL, GOOD, true },
    { "as Kubernetes links it", "MOUNT; chmod 1777 c; mkdir c/..1; printf 'password\\n' > c/..1/db; chmod 444 c/..1/db; ln -s ..1 c/..data; "
      .. "ln -s ..data/db c/db; FIX", CREDENTIAL, GOOD, true },
    { "for all, where others may change it", "printf password > c/db; chmod 444 c/db", CREDENTIAL, "mount its folder read-only" },
    { "that its group may write", "printf password > c/db; chmod 460 c/db", CREDENTIAL, "mode 0460" },
    { "in a read-only mount, that others may write", "MOUNT; printf password > c/db; chmod 446 c/db; FIX", CREDENTIAL, "mode 0446", true },
    { "in a folder that others may write", "printf password > c/db; chmod 400 c/db; chmod 777 c", CREDENTIAL, "chmod go-w" },
    { "of somebody else, in a read-only mount", "MOUNT; printf password > c/db; chmod 400 c/db; chown 4711 c/db; FIX", CREDENTIAL,
      "Docker: uid", true },
    { "with a carriage return", "printf 'password\\r\\n' > c/db; chmod 400 c/db", CREDENTIAL, "carriage return" },
    { "that is not there", ":", CREDENTIAL, "there is no such file" },
    { "that is a folder", "mkdir c/db", CREDENTIAL, "is a directory" },
    { "elsewhere", ":", 'signoff.secret.credential "../db"', "is no name of a credential" },
    { "without a name", ":", 'signoff.secret.credential ""', "is no name of a credential" },
    { "taken as a file", "printf password > c/db; chmod 440 c/db", FILE, 'secret.credential "db"' },
    { "as a file in a read-only mount elsewhere", "MOUNT; mkdir c/d; printf password > c/d/db; chmod 444 c/d/db; FIX",
      'signoff.secret.file(folder .. "/d/db")', "defaultMode: 0400", true },
    { "as a file elsewhere", "mkdir c/d; printf password > c/d/db; chmod 444 c/d/db", 'signoff.secret.file(folder .. "/d/db")', "chmod 600" },
    { "as a file of its owner in a read-only mount", "MOUNT; printf password > c/db; chmod 400 c/db; FIX", FILE, GOOD, true },
  }
  for _, row in ipairs(rows) do
    it(row[1], function()
      if not root then
        pending "only root may make a mount namespace"
      elseif row[5] and not can_mount() then
        pending "nothing may be mounted here"
      else
        local output = taken(row[2], row[3])
        assert(output:find(row[4], 1, true), output)
        assert(not output:find("password", 1, true), output)
      end
    end)
  end

  it("wants $CREDENTIALS_DIRECTORY", function()
    for _, environment in ipairs { "-u CREDENTIALS_DIRECTORY", "CREDENTIALS_DIRECTORY=", "CREDENTIALS_DIRECTORY=here" } do
      local output = child.run('print(pcall(require("signoff").secret.credential, "db"))', environment)
      assert(output:find("LoadCredential=db:FILE", 1, true), output)
    end
  end)
end)

describe("a list with tokens", function()
  it("in a read-only mount names its option", function()
    if not (root and can_mount()) then
      pending "nothing may be mounted here"
    else
      local output = taken("MOUNT; printf 'person,jde_ais\\nana,token@PC\\n' > c/list.csv; chmod 444 c/list.csv; FIX",
        '(assert(require("signoff.offboard").plan({ jde_ais = { client = signoff.jde_ais { url = "https://ais.example" } } }, folder .. "/list.csv", {})))')
      assert(output:find("mount it with mode 0400", 1, true), output)
    end
  end)
end)

describe("a user without an entry in passwd", function()
  it("has a number", function()
    local identity = require "signoff.offboard.cli.identity"
    for _, number in ipairs { 12345, 4000000000, 65534000 } do
      local seen = { real = number, effective = number, account = require("signoff.core").account, environment = os.getenv }
      assert.are.equal(("uid %.0f"):format(number), identity.describe(seen))
    end
  end)
end)
