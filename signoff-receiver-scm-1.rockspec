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
The kill switch of signoff: shared signals (CAEP, RISC), back-channel logout and Global Token Revocation, each checked strictly, and
written down before it is answered.
]],
  license = "MIT",
  labels = { "offboarding", "logout", "jose", "jwt" },
}

dependencies = {
  "lua >= 5.1, < 5.6",
  "signoff",
}

external_dependencies = {
  CRYPTO = { library = "crypto" },
}

build = {
  type = "builtin",
  -- The Lua side of signoff.jose has the name of its shared object.
  install = {
    lua = {
      ["signoff.jose"] = "lua/signoff/jose.lua",
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
        "src/jose/object.c",
        "src/jose/reasons.c",
        "src/jose/signature_libcrypto.c",
        "src/jose/token.c",
      },
      incdirs = { "$(CRYPTO_INCDIR)" },
      libdirs = { "$(CRYPTO_LIBDIR)" },
      libraries = { "crypto", "pthread" },
    },
    ["signoff.receiver"] = "lua/signoff/receiver.lua",
    ["signoff.receiver.answers"] = "lua/signoff/receiver/answers.lua",
    ["signoff.receiver.appender"] = "lua/signoff/receiver/appender.lua",
    ["signoff.receiver.backchannel"] = "lua/signoff/receiver/backchannel.lua",
    ["signoff.receiver.backlog"] = "lua/signoff/receiver/backlog.lua",
    ["signoff.receiver.brake"] = "lua/signoff/receiver/brake.lua",
    ["signoff.receiver.claims"] = "lua/signoff/receiver/claims.lua",
    ["signoff.receiver.fetch"] = "lua/signoff/receiver/fetch.lua",
    ["signoff.receiver.inbox"] = "lua/signoff/receiver/inbox.lua",
    ["signoff.receiver.intake"] = "lua/signoff/receiver/intake.lua",
    ["signoff.receiver.jwks_cache"] = "lua/signoff/receiver/jwks_cache.lua",
    ["signoff.receiver.key_files"] = "lua/signoff/receiver/key_files.lua",
    ["signoff.receiver.keys"] = "lua/signoff/receiver/keys.lua",
    ["signoff.receiver.log"] = "lua/signoff/receiver/log.lua",
    ["signoff.receiver.metadata"] = "lua/signoff/receiver/metadata.lua",
    ["signoff.receiver.nginx"] = "lua/signoff/receiver/nginx.lua",
    ["signoff.receiver.options"] = "lua/signoff/receiver/options.lua",
    ["signoff.receiver.people"] = "lua/signoff/receiver/people.lua",
    ["signoff.receiver.policy"] = "lua/signoff/receiver/policy.lua",
    ["signoff.receiver.push"] = "lua/signoff/receiver/push.lua",
    ["signoff.receiver.replay"] = "lua/signoff/receiver/replay.lua",
    ["signoff.receiver.retention"] = "lua/signoff/receiver/retention.lua",
    ["signoff.receiver.revocation"] = "lua/signoff/receiver/revocation.lua",
    ["signoff.receiver.segments"] = "lua/signoff/receiver/segments.lua",
    ["signoff.receiver.subject"] = "lua/signoff/receiver/subject.lua",
    ["signoff.receiver.token"] = "lua/signoff/receiver/token.lua",
    ["signoff.receiver.types"] = "lua/signoff/receiver/types.lua",
  },
}
