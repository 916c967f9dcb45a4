--- Sockets, where nginx has no directive: a TCP reset of the caller's connection, and half-closing it.
--- The descriptor is found by its two ports. Connecting a socket to "no address" makes Linux send RST at once, whatever
--- is still queued or wrapped in TLS; nginx then finds a dead connection and closes it.
local ffi = require "ffi"

ffi.cdef [[
struct simulator_address { uint16_t family; uint8_t data[126]; };
int getpeername(int fd, struct simulator_address *address, uint32_t *length);
int getsockname(int fd, struct simulator_address *address, uint32_t *length);
int connect(int fd, const struct simulator_address *address, uint32_t length);
int shutdown(int fd, int how);
]]

local C = ffi.C
local AF_UNSPEC = 0
local SHUT_RDWR = 2
local MOST_DESCRIPTORS = 65536

local socket = {}

local address = ffi.new "struct simulator_address"
local length = ffi.new "uint32_t[1]"

local function port(call, fd)
  length[0] = ffi.sizeof(address)
  if call(fd, address, length) ~= 0 then return nil end
  return address.data[0] * 256 + address.data[1]
end

local function find(request)
  for fd = 3, MOST_DESCRIPTORS do
    if port(C.getpeername, fd) == request.remote_port and port(C.getsockname, fd) == request.server_port then return fd end
  end
end

--- Resets the connection on which `request` came.
function socket.reset(request)
  local fd = find(request)
  if not fd then return end
  ffi.fill(address, ffi.sizeof(address))
  address.family = AF_UNSPEC
  C.connect(fd, address, ffi.sizeof(address))
end

--- Ends the connection on which `request` came in good order (FIN), with nothing said.
function socket.shutdown(request)
  local fd = find(request)
  if fd then C.shutdown(fd, SHUT_RDWR) end
end

return socket
