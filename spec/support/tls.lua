-- SPDX-License-Identifier: MIT
--- Certificates made on the spot, and a TLS server that gives the JDE server's replies (openssl s_server).

local peer = require "spec.support.peer"

local tls = {}

local function run(directory, command)
  local output = peer.output_of(("cd %s && { %s; } 2>&1; echo rc=$?"):format(directory, command))
  assert(output:match "rc=0$", output)
end

local new_key = "-newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes"

--- A directory with `name`.pem and `name`.key, a CA.
function tls.authority(directory, name)
  run(directory, ("openssl req -x509 %s -keyout %s.key -out %s.pem -subj '/CN=CA %s' -days 2"):format(
    new_key, name, name, name))
end

local validity = {
  now = "-days 2", day = "-days 1",
  expired = "-startdate 20200101000000Z -enddate 20200201000000Z",
  early = "-startdate 20480101000000Z -enddate 20490101000000Z",
}

--- `name`.pem and `name`.key in the directory, signed by the CA `authority`.
-- @tparam string names as subjectAltName has them: "DNS:host,IP:127.0.0.1", or "DER:" and bytes in hexadecimal
-- @tparam[opt] string valid "now", "day", "expired" or "early": not before 2048
function tls.certificate(directory, authority, name, names, valid)
  peer.write_file(directory .. "/extensions", "subjectAltName=" .. names .. "\n")
  run(directory, ("openssl req %s -keyout %s.key -out %s.csr -subj /CN=%s"):format(new_key, name, name, name))
  peer.write_file(directory .. "/ca.conf", [[
[ca]
default_ca = d
[d]
database = index
new_certs_dir = .
default_md = sha256
rand_serial = yes
policy = p
unique_subject = no
[p]
commonName = supplied
]])
  run(directory, ": >index; rm -f index.attr")
  run(directory, ("openssl ca -batch -notext -config ca.conf -cert %s.pem -keyfile %s.key -in %s.csr -out %s.pem "
    .. "-extfile extensions %s"):format(authority, authority, name, name, validity[valid or "now"]))
end

--- The same, signed by itself.
function tls.self_signed(directory, name, names)
  run(directory, ("openssl req -x509 %s -keyout %s.key -out %s.pem -subj /CN=%s -days 2 -addext subjectAltName=%s"):format(
    new_key, name, name, name, names))
end

--- The names as a certificate's bytes, where one holds what openssl would not write: for `tls.certificate`.
function tls.raw_name(text)
  local length = #text
  return ("DER:30%02x82%02x%s"):format(length + 2, length, (text:gsub(".", function(byte)
    return ("%02x"):format(byte:byte())
  end)))
end

local function der(tag, bytes)
  local size = #bytes
  local length = size < 128 and string.char(size) or ("\130" .. string.char(math.floor(size / 256), size % 256))
  return tag .. length .. bytes
end

local ECDSA_WITH_SHA256 = "\48\10\6\8\42\134\72\206\61\4\3\2"

--- A certificate without alternative names, whose common name has a NUL where `common` has a "#": openssl would not write
-- it, so it is put into one that it wrote, which is signed again.
function tls.with_nul(directory, authority, name, common)
  run(directory, ("openssl req %s -keyout %s.key -out %s.csr -subj '/CN=%s'"):format(new_key, name, name, common))
  run(directory, ("openssl x509 -req -in %s.csr -CA %s.pem -CAkey %s.key -CAcreateserial -days 2 -outform DER -out first.der"):format(
    name, authority, authority))
  run(directory, "openssl asn1parse -inform DER -in first.der -strparse 4 -noout -out body")
  local before = common:match "^[^#]*"
  local body, count = peer.read_file(directory .. "/body"):gsub(before .. "#", before .. "\0")
  assert(count == 1, "one name")
  peer.write_file(directory .. "/body", body)
  run(directory, ("openssl dgst -sha256 -sign %s.key -out signature body"):format(authority))
  local signature = peer.read_file(directory .. "/signature")
  peer.write_file(directory .. "/signed.der", der("\48", body .. ECDSA_WITH_SHA256 .. der("\3", "\0" .. signature)))
  run(directory, ("openssl x509 -inform DER -in signed.der -out %s.pem"):format(name))
end

local function openssl(options, directory, name, input)
  local process = peer.spawn(("openssl s_server -accept 127.0.0.1:0 -cert %s.pem -key %s.key %s"):format(name, name, options),
    directory, input)
  process.port = peer.wait_for("openssl s_server", function()
    return peer.read_file(process.output):match "ACCEPT %S-:(%d+)%s"
  end)
  return process
end

--- Starts a server with the directory's certificate `name`; its files are the replies, whole ones.
-- @tparam string options more of openssl's
function tls.serve(directory, name, options)
  return openssl("-HTTP " .. (options or ""), directory, name)
end

--- Starts a server that never answers; `recorded` gives all that it decrypted, and what openssl says of its handshakes.
function tls.record(directory, name, options)
  run(directory, "test -p nothing || mkfifo nothing")
  local process = openssl(options or "", directory, name, "0<>nothing")
  function process.recorded()
    return peer.read_file(process.output)
  end
  return process
end

local kept_alive = [[
daemon off;
master_process off;
pid nginx.pid;
error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path body;
  proxy_temp_path proxy;
  fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi;
  scgi_temp_path scgi;
  ssl_session_cache shared:sessions:1m;
  ssl_verify_client optional_no_ca;
  @servers@
}
]]

local kept_alive_server = [[
  server {
    listen 127.0.0.1:@port@ ssl;
    ssl_certificate @name@.pem;
    ssl_certificate_key @name@.key;
    set $reply '{"isValidSession":true,"client":"$ssl_client_s_dn","connection":"$connection","reused":"$ssl_session_reused"}';
    location / { return 200 $reply; }
    location /closing { keepalive_timeout 0; return 200 $reply; }
  }
]]

--- The same with nginx, a server a certificate, which keeps connections alive, but below /closing; its replies tell the client's
-- certificate, the connection, and whether it goes on with an earlier TLS session.
-- @treturn table `port`: of the first; `ports`: by certificate
function tls.serve_kept_alive(directory, ...)
  local servers, ports = {}, {}
  for i, name in ipairs { ... } do
    ports[name] = peer.free_port()
    servers[i] = kept_alive_server:gsub("@(%l+)@", { name = name, port = ports[name] })
  end
  peer.write_file(directory .. "/nginx.conf", (kept_alive:gsub("@servers@", (table.concat(servers):gsub("%%", "%%%%")))))
  local process = peer.spawn(("env PATH=$PATH:/usr/sbin nginx -e stderr -p %s -c nginx.conf"):format(directory), directory)
  process.port, process.ports = ports[...], ports
  peer.wait_for("nginx", function()
    return peer.read_file(directory .. "/nginx.pid")
  end)
  return process
end

--- The seconds until that certificate ends.
function tls.seconds_left(directory, name)
  local ends = peer.output_of(("date -d \"$(openssl x509 -noout -enddate -in %s/%s.pem | cut -d= -f2)\" +%%s"):format(directory, name))
  return tonumber(ends) - os.time()
end

return tls
