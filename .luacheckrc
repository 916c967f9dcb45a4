-- The names that every Lua from 5.1 to 5.4 and LuaJIT has, and some that are tested for before use.
std = "min"
read_globals = { "jit", "newproxy", "unpack", math = { fields = { "tointeger" } }, table = { fields = { "unpack" } } }
max_line_length = 140

files["spec"] = { std = "min+busted", max_line_length = false } -- rows of tables
files["examples/offboard.lua"] = { globals = { "_" } } -- its head is a shell's, too
files["examples/embedding/mod_signoff.lua"] = { globals = { "module" } }
files["examples/nginx"] = { std = "ngx_lua" }
files["examples/freeswitch"] = { read_globals = { "freeswitch", "session" } }
files["examples/asterisk"] = { globals = { "app", "channel", "extensions" }, read_globals = { "autoservice_start", "autoservice_stop" } }
files["spec/proofs/fuzz"] = { read_globals = { "fuzz" } }
files["spec/proofs/killswitch/flood.lua"] = { globals = { "wrk", "setup", "init", "request", "response", "done", "accepted", "others", "line", "garbage" }, read_globals = { "number" } }
files["spec/proofs/lifetime"] = { read_globals = { "collector" }, globals = { "port", "torture" } }
files["spec/proofs/torture"] = { read_globals = { "torture", "port" } }
files["spec/proofs/hosts/asterisk"] = { globals = { "app", "channel", "extensions" } }
files["spec/proofs/hosts/haproxy.lua"] = { read_globals = { "core" } }
files["spec/proofs/hosts/kamailio.lua"] = { globals = { "sign_out" }, read_globals = { "KSR" } }
files["spec/proofs/hosts/lighttpd.lua"] = { globals = { "lighty" } }
files["spec/proofs/hosts/channels.lua"] = { read_globals = { "session" } }
files["spec/proofs/hosts/paths.lua"] = { globals = { "arg" }, read_globals = { "host" } }
files["examples/simulator/lua"] = { std = "ngx_lua" }
files["**/*.rockspec"] = { std = "rockspec" }
