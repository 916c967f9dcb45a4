--- Several nodes behind one name: which of them gets a request, and which knows a session.
--- A balancer takes one after the other, unless the request has its cookie. `/node2/...` is the second one's own address.
local nodes = {}

local function from_cookie(request, name)
  for cookie, value in (request:header "Cookie" or ""):gmatch "([^=;%s]+)=([^;]*)" do
    if cookie == name then return tonumber(value:match "(%d+)%s*$") end
  end
end

--- Chooses the node of a request, and notes whether the reply has to set the balancer's cookie.
function nodes.choose(request, state)
  local settings, memory = state.settings, state.memory
  if settings.nodes <= 1 then return end
  local asked = request.node or from_cookie(request, settings.node_cookie)
  if asked and asked >= 1 and asked <= settings.nodes then
    request.node = asked
    return
  end
  memory.turn = (memory.turn or 0) % settings.nodes + 1
  request.node, request.unrouted = memory.turn, true
end

--- The value of a cookie that leads to a node.
function nodes.value(node)
  return ("%012d.%d"):format(math.random(0, 1e9), node)
end

--- Whether the node that was asked knows that row. One that was loaded without a node is known to all.
function nodes.knows(request, row)
  return request.node == nil or row.node == nil or row.node == request.node
end

--- Adds the balancer's cookie where the request came without one.
function nodes.route(request, state, reply)
  if not request.unrouted or not state.settings.sticky then return reply end
  local headers = reply.headers or {}
  local cookie = ("%s=%s; path=/"):format(state.settings.node_cookie, nodes.value(request.node))
  headers["Set-Cookie"] = headers["Set-Cookie"] and { headers["Set-Cookie"], cookie } or cookie
  reply.headers = headers
  return reply
end

return nodes
