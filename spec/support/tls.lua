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

--- `name`.pem and `name`.key in the directory, signed by the CA `authority`.
-- @tparam string names as subjectAltName has them: "DNS:host,IP:127.0.0.1"
-- @tparam[opt] boolean expired
function tls.certificate(directory, authority, name, names, expired)
  peer.write_file(directory .. "/extensions", "subjectAltName=" .. names .. "\n")
  run(directory, ("openssl req %s -keyout %s.key -out %s.csr -subj /CN=%s"):format(new_key, name, name, name))
  local validity = "-days 2"
  if expired then
    validity = "-startdate 20200101000000Z -enddate 20200201000000Z"
  end
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
    .. "-extfile extensions %s"):format(authority, authority, name, name, validity))
end

--- Starts a server with the directory's certificate `name`; its files are the replies, whole ones.
-- @tparam string options more of openssl's
function tls.serve(directory, name, options)
  local process = peer.spawn(("openssl s_server -accept 127.0.0.1:0 -cert %s.pem -key %s.key -HTTP %s"):format(
    name, name, options or ""), directory)
  process.port = peer.wait_for("openssl s_server", function()
    return peer.read_file(process.output):match "ACCEPT %S-:(%d+)%s"
  end)
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
  server {
    listen 127.0.0.1:%d ssl;
    ssl_certificate %s.pem;
    ssl_certificate_key %s.key;
    ssl_verify_client optional_no_ca;
    location / {
      return 200 '{"isValidSession":true,"client":"$ssl_client_s_dn","connection":"$connection"}';
    }
  }
}
]]

--- The same with nginx, which keeps connections alive; its replies tell the client's certificate and the connection.
function tls.serve_kept_alive(directory, name)
  local port = peer.free_port()
  peer.write_file(directory .. "/nginx.conf", kept_alive:format(port, name, name))
  local process = peer.spawn(("env PATH=$PATH:/usr/sbin nginx -e stderr -p %s -c nginx.conf"):format(directory), directory)
  process.port = port
  peer.wait_for("nginx", function()
    return peer.read_file(directory .. "/nginx.pid")
  end)
  return process
end

return tls
