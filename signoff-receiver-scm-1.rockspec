rockspec_format = "3.0"
package = "signoff-receiver"
version = "scm-1"

-- `luarocks make` builds the checkout it stands in.
source = {
  url = ".",
}

description = {
  summary = "Receives the events of identity providers that sign people out of business systems",
  detailed = [[
The kill switch of signoff: shared signals (CAEP, RISC), back-channel logout and Global Token Revocation, each checked strictly, by
libcjose, and written down before it is answered.
]],
  license = "MIT",
  labels = { "offboarding", "logout", "jose", "jwt" },
}

dependencies = {
  "lua >= 5.1, < 5.6",
  "signoff",
}

external_dependencies = {
  CJOSE = { library = "cjose" },
  JANSSON = { library = "jansson" },
  CRYPTO = { library = "crypto" },
}

build = {
  type = "builtin",
  -- The Lua side of signoff.jose has the name of its shared object.
  install = {
    lua = {
      },
  },
  modules = {
    -- `make rockspec` writes these lists; `make walls` compares them with what is there.
    ["signoff.jose"] = {
      sources = {
        "src/core/arena.c",
        "src/core/digest.c",
        "src/core/json_members.c",
        "src/core/json_syntax.c",
        "src/core/pin.c",
        "src/core/text.c",
        "src/core/unescape.c",
        "src/jose/algorithm.c",
        "src/jose/base64url.c",
        "src/jose/binding.c",
        "src/jose/header.c",
        "src/jose/key.c",
        "src/jose/key_set.c",
        "src/jose/signature.c",
        "src/jose/token.c",
      },
      incdirs = { "$(CJOSE_INCDIR)", "$(JANSSON_INCDIR)", "$(CRYPTO_INCDIR)" },
      libdirs = { "$(CJOSE_LIBDIR)", "$(JANSSON_LIBDIR)", "$(CRYPTO_LIBDIR)" },
      libraries = { "cjose", "jansson", "crypto", "pthread" },
    },
    ["signoff.receiver.appender"] = "lua/signoff/receiver/appender.lua",
    ["signoff.receiver.backlog"] = "lua/signoff/receiver/backlog.lua",
    ["signoff.receiver.fetch"] = "lua/signoff/receiver/fetch.lua",
    ["signoff.receiver.inbox"] = "lua/signoff/receiver/inbox.lua",
    ["signoff.receiver.jwks_cache"] = "lua/signoff/receiver/jwks_cache.lua",
    ["signoff.receiver.key_files"] = "lua/signoff/receiver/key_files.lua",
    ["signoff.receiver.keys"] = "lua/signoff/receiver/keys.lua",
    ["signoff.receiver.metadata"] = "lua/signoff/receiver/metadata.lua",
    ["signoff.receiver.replay"] = "lua/signoff/receiver/replay.lua",
    ["signoff.receiver.segments"] = "lua/signoff/receiver/segments.lua",
  },
}
