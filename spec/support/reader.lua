-- SPDX-License-Identifier: MIT
--- Somebody who follows a page of examples/ word by word: in a fresh copy of the checkout, on a machine of which only a folder is
-- theirs. Their commands are the page's. Files of the real machine go below that folder; programs that are not installed here are
-- played: a shell script a program, in a folder in front of PATH.

local page = require "spec.support.page"
local peer = require "spec.support.peer"

local reader = {}
reader.__index = reader

local ROOT = peer.output_of "pwd"
local AS_NOBODY = "setpriv --reuid=nobody --regid=nogroup --clear-groups"

-- The packages that a page names are those of this machine, and installed: tools/deps has them.
local APT_GET = [[
[ "$1 $2" = 'install -y' ] || { echo "apt-get: $*" >&2; exit 1; }
shift 2
for package in "$@"; do
    dpkg-query -W -f '${db:Status-Status}\n' "$package" | grep -qx installed || { echo "$package is not installed" >&2; exit 1; }
done
]]

-- Readers copy one fresh checkout, and leave there what they built: the objects that all versions of Lua share are compiled once.
local fresh

local function copy_checkout(to)
  if not fresh then
    fresh = peer.directory()
    assert(os.execute(("cd %s && cp -Rp --parents Makefile src lua examples man completion systemd %s"):format(ROOT, fresh)))
  end
  assert(os.execute(("cp -Rp %s %s"):format(fresh, to)))
end

--- @treturn table `root`: the machine's folder; `checkout`
function reader.new()
  local root = peer.directory()
  local self = setmetatable({ root = root, checkout = root .. "/checkout", bin = root .. "/bin" }, reader)
  assert(os.execute(("chmod 755 %s && mkdir -p %s %s/usr/local %s/etc"):format(root, self.bin, root, root)))
  copy_checkout(self.checkout)
  self:play("apt-get", APT_GET)
  return self
end

--- Puts a program in front of PATH.
function reader:play(name, text)
  peer.write_file(("%s/%s"):format(self.bin, name), "#!/bin/sh\n" .. text)
  assert(os.execute(("chmod 755 %s/%s"):format(self.bin, name)))
end

--- The text with its paths below the machine's folder.
function reader:placed(text)
  return (text:gsub("%f[%w/]/usr/local/", self.root .. "/usr/local/"):gsub("%f[%w/]/usr/lib ", self.root .. "/usr/lib ")
    :gsub("%f[%w/]/etc/", self.root .. "/etc/")
    :gsub("%f[%w/]/var/run/", self.root .. "/var/run/"))
end

--- Runs commands in the checkout; what is compiled is not optimised, which takes half the time. Raises, with all that they printed, where one fails.
-- @tparam string text
-- @tparam[opt] string front words before the shell, such as another user
-- @treturn string what they printed
function reader:run(text, front)
  peer.write_file(self.root .. "/commands", self:placed(text))
  local output = peer.output_of(("cd %s && env -u BUILD -u MAKEFLAGS -u LUA_PATH -u LUA_CPATH CFLAGS=-O0 PREFIX=%s/usr/local PATH=%s:$PATH timeout 300 %s sh -e %s/commands 2>&1; echo status $?"):format(
    self.checkout, self.root, self.bin, front or "", self.root))
  assert(output:match "status (%d+)$" == "0", text .. "\n" .. output)
  return (output:gsub("\n?status 0$", ""))
end

--- Follows a page to its end.
-- @tparam string path of the page
-- @tparam table does what the reader does with blocks that are no commands: functions of their text, by kind
-- @tparam[opt] function before called with the commands before each block of them
function reader:follow(path, does, before)
  for _, block in ipairs(page.blocks(path)) do
    if block.kind == "sh" then
      if before then
        before(block.text)
      end
      self:run(block.text)
    else
      assert(does[block.kind], ("nobody knows what to do with %s"):format(block.kind))(self:placed(block.text))
    end
  end
  assert(os.execute(("cp -Rp %s/build %s"):format(self.checkout, fresh)))
end

--- Fills in a copy of examples/telephony/signoff_site.lua for the simulator, and the passwords.
function reader:fill_in(site)
  local directory = os.getenv "SIGNOFF_SIMULATOR"
  local at = dofile(directory .. "/addresses.lua")
  local text = self:placed(peer.read_file(site)):gsub("https://ucm%.example:8443", at.https):gsub("https://isymphony%.example:58443", at.https)
  text = text:gsub("%-%- (ca_file = [^,]+,)", "%1"):gsub('"ana%.silva"', '"rita.stone"')
  peer.write_file(site, text) -- as editors do that keep the owner
  peer.write_file(self.root .. "/etc/signoff/em-password", "em-password\n")
  peer.write_file(self.root .. "/etc/signoff/isymphony-password", "manag3rpa55word\n")
  peer.write_file(self.root .. "/etc/signoff/ca.pem", peer.read_file(directory .. "/tls/ca.pem"))
end

--- Runs a command as the server's user would, without anything of our environment.
function reader.as_server(command)
  return peer.output_of(("cd / && env -i PATH=$PATH timeout 300 %s %s 2>&1"):format(reader.unprivileged(), command))
end

local function is_root()
  return peer.output_of "id -u" == "0"
end

--- The words before a command that root must not run; none where the user is not root.
function reader.unprivileged()
  return is_root() and AS_NOBODY or ""
end

--- The user of the telephony server: nobody where root runs this, else whoever runs it.
function reader.server_user()
  return is_root() and "nobody" or peer.output_of "id -un"
end

return reader
