-- SPDX-License-Identifier: MIT
--- Hosts as network namespaces, each on a wire of its own, and cuts between a host and a server.
--
-- Runs only inside the namespaces that tools/check-farm makes (network, mounts, processes): all of it goes with them.


local network = {}

-- Where hosts find the servers. The simulator listens on the loopback address, to which this one leads.
network.ADDRESS = "10.77.0.1"

local hosts = {}

local function execute(command)
  local fine = os.execute(command)
  assert(fine == true or fine == 0, command)
end

local RULES = [[
table ip farm {
  set cut { type ipv4_addr . inet_service; }
  chain arriving { type filter hook prerouting priority -300; ip saddr . tcp dport @cut drop; }
  chain leaving { type filter hook output priority 0; ip daddr . tcp sport @cut drop; }
  chain translated { type nat hook prerouting priority -100; ip daddr %s tcp dport %d dnat to 127.0.0.1; }
}
]]

--- Prepares the network of the servers.
-- @tparam number port of the simulator
function network.open(port)
  assert(os.getenv "FARM_SCRATCH", "not in namespaces of its own: tools/farm-network runs it")
  execute "mount -t tmpfs farm /run/netns 2>/dev/null || { mkdir -p /run/netns && mount -t tmpfs farm /run/netns; }"
  execute("ip link set lo up && ip addr replace " .. network.ADDRESS .. "/32 dev lo")
  local pipe = assert(io.popen("nft -f -", "w"))
  pipe:write(RULES:format(network.ADDRESS, port))
  local fine = pipe:close()
  assert(fine == true or fine == 0, "nft refuses the rules")
end

--- Adds a host. Gives its address.
-- @tparam string name
function network.add(name)
  local number = #hosts + 1
  local ours, theirs = ("10.77.%d.1"):format(number), ("10.77.%d.2"):format(number)
  for _, command in ipairs {
    "ip netns add " .. name, ("ip link add farm%d type veth peer name wire netns %s"):format(number, name),
    ("ip addr add %s/30 dev farm%d && ip link set farm%d up"):format(ours, number, number),
    ("ip -n %s addr add %s/30 dev wire && ip -n %s link set wire up && ip -n %s link set lo up"):format(name, theirs, name, name),
    ("ip -n %s route add default via %s"):format(name, ours),
    ("echo 1 > /proc/sys/net/ipv4/conf/farm%d/route_localnet"):format(number),
  } do
    execute(command)
  end
  hosts[number] = name
  return theirs
end

--- Before a command: it runs on that host, under its name.
function network.on(name)
  return ([[ip netns exec %s unshare --uts sh -c 'hostname "$0" && exec "$@"' %s]]):format(name, name)
end

local function element(verb, address, ports)
  local list = {}
  for i, port in ipairs(ports) do
    list[i] = ("%s . %d"):format(address, port)
  end
  execute(("nft %s element ip farm cut '{ %s }'"):format(verb, table.concat(list, ", ")))
end

--- From now on nothing goes between a host and these ports.
function network.cut(address, ports)
  element("add", address, ports)
end

function network.mend(address, ports)
  element("delete", address, ports)
end

return network
