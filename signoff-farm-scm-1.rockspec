rockspec_format = "3.0"
package = "signoff-farm"
version = "scm-1"

-- `luarocks make` builds the checkout it stands in.
source = {
  url = ".",
}

description = {
  summary = "Several hosts that sign people out together: one ceiling, one journal, on PostgreSQL",
  detailed = [[
What signoff needs where several hosts work together: its connection to PostgreSQL. All else is in the rock signoff.
]],
  license = "MIT",
  labels = { "offboarding", "postgresql" },
}

dependencies = {
  "lua >= 5.1, < 5.6",
  "signoff",
}

-- By library only: Debian keeps the headers of libpq where LuaRocks does not look, but the sources do.
external_dependencies = {
  PQ = { library = "pq" },
  CRYPTO = { library = "crypto" },
}

build = {
  type = "builtin",
  modules = {
    -- `make rockspec` writes this list; `make walls` compares it with what is there.
    ["signoff.farm"] = {
      sources = {
        "src/core/locale.c",
        "src/core/pin.c",
        "src/farm/binding.c",
        "src/farm/link.c",
        "src/farm/query.c",
        "src/farm/reason.c",
        "src/farm/target.c",
        "src/farm/thread.c",
        "src/farm/wire.c",
      },
      incdirs = { "$(PQ_INCDIR)", "$(CRYPTO_INCDIR)" },
      libdirs = { "$(PQ_LIBDIR)", "$(CRYPTO_LIBDIR)" },
      libraries = { "pq", "crypto", "pthread", "m" },
    },
  },
}
