rockspec_format = "3.0"
package = "signoff"
version = "scm-1"

-- `luarocks make` builds the checkout it stands in.
source = {
  url = ".",
}

description = {
  summary = "Signs people out of five business systems, and proves it",
  detailed = [[
Logs people out of Cisco Extension Mobility, Agvance, Oracle Commerce and JD Edwards, sets their status in iSymphony,
and looks whether they are gone: "the request was accepted" is never reported as "the person is out".
]],
  license = "MIT",
  labels = { "offboarding", "logout", "cisco", "jde" },
}

dependencies = {
  "lua >= 5.1, < 5.5",
  "lua-cjson >= 2.1",
}

-- By library only: Debian keeps the headers of libcurl where LuaRocks does not look, but the compiler does.
external_dependencies = {
  CURL = { library = "curl" },
  XML2 = { library = "xml2" },
  CRYPTO = { library = "crypto" },
}

build = {
  type = "builtin",
  modules = {
    -- `make rockspec` writes these lists; `make walls` compares them with what is there.
    ["signoff.core"] = {
      sources = {
        "src/backends/agvance.c",
        "src/backends/cisco_em.c",
        "src/backends/isymphony.c",
        "src/backends/jde_ais.c",
        "src/backends/oracle_commerce.c",
        "src/backends/reading.c",
        "src/backends/registry.c",
        "src/binding/answer.c",
        "src/binding/call.c",
        "src/binding/client.c",
        "src/binding/clock.c",
        "src/binding/facts.c",
        "src/binding/json.c",
        "src/binding/mailbox.c",
        "src/binding/module.c",
        "src/binding/options.c",
        "src/binding/parameters.c",
        "src/binding/push.c",
        "src/binding/raise.c",
        "src/binding/rows.c",
        "src/binding/secret.c",
        "src/binding/type.c",
        "src/core/arena.c",
        "src/core/bridge.c",
        "src/core/buffer.c",
        "src/core/call.c",
        "src/core/document.c",
        "src/core/doorbell.c",
        "src/core/engine.c",
        "src/core/error.c",
        "src/core/mask.c",
        "src/core/once.c",
        "src/core/pool.c",
        "src/core/request.c",
        "src/core/settings.c",
        "src/core/sigpipe.c",
        "src/core/sockets.c",
        "src/core/text.c",
        "src/core/transport.c",
        "src/core/value.c",
        "src/core/xml.c",
        "src/core/xml_reader.c",
      },
      incdirs = { "$(CURL_INCDIR)", "$(XML2_INCDIR)", "$(XML2_INCDIR)/libxml2", "$(CRYPTO_INCDIR)" },
      libdirs = { "$(CURL_LIBDIR)", "$(XML2_LIBDIR)", "$(CRYPTO_LIBDIR)" },
      libraries = { "curl", "xml2", "crypto", "pthread", "m" },
    },
    ["signoff"] = "lua/signoff.lua",
    ["signoff.alive"] = "lua/signoff/alive.lua",
    ["signoff.budget"] = "lua/signoff/budget.lua",
    ["signoff.carry"] = "lua/signoff/carry.lua",
    ["signoff.chunks"] = "lua/signoff/chunks.lua",
    ["signoff.client"] = "lua/signoff/client.lua",
    ["signoff.defaults"] = "lua/signoff/defaults.lua",
    ["signoff.detours"] = "lua/signoff/detours.lua",
    ["signoff.failure"] = "lua/signoff/failure.lua",
    ["signoff.nginx"] = "lua/signoff/nginx.lua",
    ["signoff.result"] = "lua/signoff/result.lua",
    ["signoff.selection"] = "lua/signoff/selection.lua",
    ["signoff.setting"] = "lua/signoff/setting.lua",
    ["signoff.sightings"] = "lua/signoff/sightings.lua",
    ["signoff.signout"] = "lua/signoff/signout.lua",
    ["signoff.types"] = "lua/signoff/types.lua",
    ["signoff.verify"] = "lua/signoff/verify.lua",
    ["signoff.walk"] = "lua/signoff/walk.lua",
    ["signoff.watch"] = "lua/signoff/watch.lua",
  },
}
