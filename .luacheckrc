-- What every Lua from 5.1 to 5.4 and LuaJIT has, and what is asked for before it is used.
std = "min"
read_globals = { "jit", "newproxy", "unpack", table = { fields = { "unpack" } } }
max_line_length = 140

files["spec"] = { std = "min+busted", max_line_length = false } -- rows of tables
files["examples/nginx"] = { std = "ngx_lua" }
files["examples/simulator/lua"] = { std = "ngx_lua" }
files["**/*.rockspec"] = { std = "rockspec" }
