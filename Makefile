# SPDX-License-Identifier: MIT
# `make help` lists what there is. Variables for packagers:
PREFIX ?= /usr/local
DESTDIR ?=
LUA_VERSION ?= 5.4
PKG_CONFIG ?= pkg-config
LUA_INCDIR ?= $(or $(patsubst -I%,%,$(shell $(PKG_CONFIG) --cflags-only-I lua$(LUA_VERSION) 2>/dev/null)),/usr/include/lua$(LUA_VERSION))
INST_LIBDIR ?= $(PREFIX)/lib/lua/$(LUA_VERSION)
INST_LUADIR ?= $(PREFIX)/share/lua/$(LUA_VERSION)
INST_BINDIR ?= $(PREFIX)/bin
INST_MANDIR ?= $(PREFIX)/share/man
INST_UNITDIR ?= $(PREFIX)/lib/systemd/system
INST_COMPLETIONDIR ?= $(PREFIX)/share/bash-completion/completions
# The interpreter of the installed command.
LUA ?= lua$(LUA_VERSION)
CC ?= cc
CFLAGS ?= -O2 -g
LDFLAGS ?=

# Where everything goes that is made; other kinds of build (coverage, sanitizers) have their own.
BUILD ?= build
# The versions that `test` builds, and the interpreters that it runs. The module for 5.1 also serves LuaJIT.
test_versions = 5.4 5.1
test_interpreters = lua5.4 lua5.1 luajit

MAKEFLAGS += --no-print-directory
export BUILD CC PKG_CONFIG

root := $(patsubst %/,%,$(dir $(abspath $(lastword $(MAKEFILE_LIST)))))
# One name for one folder: what an object depends on is noted under the name that it was built by.
override BUILD := $(patsubst %/,%,$(patsubst $(root)/%,%,$(BUILD)))
module = $(BUILD)/lua$(LUA_VERSION)/signoff/core.so
libraries = libcurl libxml-2.0 libcrypto libutf8proc
own_cflags = -std=gnu11 -Wall -Wextra -Wshadow -fPIC -fvisibility=hidden -pthread -MMD -MP
# Hardening, as far as the compiler knows it; a packager's flags come later. _FORTIFY_SOURCE is left alone where CPPFLAGS, CFLAGS or the
# compiler say something of it, and where nothing is optimised or sanitizers do its work. Each is asked for once, on first use.
supported = for flag in -fstack-protector-strong -fstack-clash-protection; do $(CC) -Werror $$flag -x c -c -o /dev/null /dev/null 2>/dev/null && echo $$flag; done
macros = $(CC) $(CPPFLAGS) $(CFLAGS) -x c -dM -E /dev/null 2>/dev/null
fortify = $(if $(findstring _FORTIFY_SOURCE,$(CPPFLAGS) $(CFLAGS))$(findstring -fsanitize,$(CFLAGS)),,$\
    $(if $(shell $(macros) | grep -w _FORTIFY_SOURCE),,$(if $(shell $(macros) | grep -w __OPTIMIZE__),-D_FORTIFY_SOURCE=2)))
hardening = $(eval hardening := $$(shell $$(supported)) $$(fortify))$(hardening)
own_ldflags = -Wl,-z,relro,-z,now
lua_files = $(patsubst lua/%,%,$(shell find lua -name '*.lua'))
lua_folders = $(patsubst lua/%,%,$(shell find lua -mindepth 1 -depth -type d))

# core and backends know nothing of Lua and serve every version; the binding is compiled for one.
shared_objects := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(wildcard src/core/*.c src/backends/*.c))
binding_objects := $(patsubst src/%.c,$(BUILD)/lua$(LUA_VERSION)/%.o,$(wildcard src/binding/*.c))

# The receivers' part is a shared object of its own, with those of core's objects that need no library.
jose_module = $(BUILD)/lua$(LUA_VERSION)/signoff/jose.so
# The library that checks signatures: libcrypto, or libcjose (in a BUILD of its own).
JOSE_LIBRARY ?= libcrypto
jose_libraries = $(patsubst libcjose,cjose,$(filter libcjose,$(JOSE_LIBRARY))) libcrypto
jose_other = $(filter-out src/jose/signature_$(JOSE_LIBRARY).c,$(wildcard src/jose/signature_*.c))
jose_core := $(patsubst %,$(BUILD)/obj/core/%.o,arena digest json_members json_syntax locale pin text unescape)
jose_objects := $(patsubst src/%.c,$(BUILD)/obj/%.o,$(filter-out src/jose/binding.c src/jose/values.c $(jose_other),$(wildcard src/jose/*.c)))
jose_binding := $(patsubst %,$(BUILD)/lua$(LUA_VERSION)/jose/%.o,binding values)

# The include paths of each folder of src/, besides its own: the walls.
includes_core = $(shell $(PKG_CONFIG) --cflags $(libraries))
includes_backends =
includes_binding = $(includes_core) -I$(LUA_INCDIR)
includes_jose = $(shell $(PKG_CONFIG) --cflags $(jose_libraries))
$(jose_binding): includes_jose += -I$(LUA_INCDIR)

define compile
@mkdir -p $(@D)
$(CC) $(own_cflags) $(hardening) $(includes_$(*D)) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<
endef

# A command of `tools/sum` that has no closing line of its own.
passes = && echo "1 passed, 0 failed, 0 skipped"
# Runs what follows against the checkout.
in_checkout = eval "$$($(MAKE) -s env)" &&

# In a folder of our own, since the checkout may be below one that others may write to; then kept in $(BUILD)/demo.
define demo
folder=$$(mktemp -d) && install -m 600 examples/leavers.csv examples/systems.lua "$$folder" && \
    (cd "$$folder" && SIGNOFF_CONFIG=systems.lua '$(root)/examples/simulator/simulator' with lua$(LUA_VERSION) '$(root)/tools/demo.lua'); \
    status=$$?; rm -rf $(BUILD)/demo && mv "$$folder" $(BUILD)/demo; \
    if [ $$status -eq 0 ]; then echo "For the morning after: $(abspath $(BUILD))/demo/evidence.html"; fi; exit $$status
endef

all: $(module)

$(module): $(shared_objects) $(binding_objects)
	@mkdir -p $(@D)
	$(CC) -shared -pthread $(own_ldflags) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(libraries)) -lm

receiver: $(jose_module) ## signoff/jose.so, for receivers of events (JOSE_LIBRARY=libcjose: it checks signatures, not libcrypto)

$(jose_module): $(jose_core) $(jose_objects) $(jose_binding)
	@mkdir -p $(@D)
	$(CC) -shared -pthread $(own_ldflags) -Wl,--as-needed $(CFLAGS) $(LDFLAGS) -o $@ $^ $(shell $(PKG_CONFIG) --libs $(jose_libraries))

$(BUILD)/obj/%.o: src/%.c
	$(compile)

$(BUILD)/lua$(LUA_VERSION)/%.o: src/%.c
	$(compile)

-include $(shared_objects:.o=.d) $(binding_objects:.o=.d) $(jose_objects:.o=.d) $(jose_binding:.o=.d)

# One version after the other: they share objects.
test-modules:
	@set -e; for version in $(test_versions); do $(MAKE) all LUA_VERSION=$$version; done

help:
	@grep -E '^[a-z-]+:.*## ' Makefile | sed 's/:.*## /\t/' | expand -t 16

env: ## prints what lets any script run against the checkout: eval "$(make -s env)"
	@echo "export LUA_PATH='$(root)/lua/?.lua;;'"
	@echo "export LUA_CPATH='$(if $(filter /%,$(BUILD)),,$(root)/)$(BUILD)/lua$(LUA_VERSION)/?.so;;'"

deps: ## installs what is missing (Debian, Ubuntu), or names it
	@tools/deps

demo: deps ## plans, applies and reports examples/leavers.csv on five simulated systems
	@$(MAKE) all
	@$(in_checkout) $(demo)

simulator: ## the five systems in the foreground
	@examples/simulator/simulator run

test: deps ## everything that should hold before a commit, from a fresh machine
	@tools/sum '$(MAKE) test-modules $(passes)' tools/walls tools/layers tools/sizes tools/lint tools/rock \
	    'tools/specs $(test_interpreters)'

walls: test-modules ## who may include, require and export what, and sizes (tools/layers --graph: the layers of lua/)
	@tools/sum tools/walls tools/layers tools/sizes

lint: ## luacheck and the C compiler's warnings, for every version of Lua
	@tools/lint

coverage: ## how much of src/ the specs reach; fails under 90 % of the lines
	@$(MAKE) all BUILD=build/coverage CFLAGS='-O0 -g --coverage'
	@find build/coverage -name '*.gcda' -delete
	@SPECS_LIMIT=3500 BUILD=build/coverage tools/sum 'tools/specs lua$(LUA_VERSION)' \
	    'gcovr --root . --filter src/ --object-directory build/coverage --fail-under-line 90 --print-summary $(passes)'

sanitizers = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all

# The leaks of others, each explained.
leaks_of_others = suppressions=$(root)/spec/proofs/hosts/leaks.suppressions:print_suppressions=0

check-sanitize: ## the specs, with addresses, undefined behaviour and leaks watched
	@$(MAKE) all BUILD=build/sanitize CFLAGS='$(sanitizers)'
	@$(CC) $(sanitizers) -Wall -Wextra -Wl,-E -I$(LUA_INCDIR) -o build/sanitize/leaks spec/proofs/hosts/leaks.c $$($(PKG_CONFIG) --libs lua$(LUA_VERSION))
	@SPECS_LIMIT=3500 BUILD=build/sanitize SPECS_HOST=build/sanitize/leaks SPECS_PRELOAD="$$($(CC) -print-file-name=libasan.so)" \
	    ASAN_OPTIONS=detect_leaks=1:quarantine_size_mb=1:thread_local_quarantine_size_kb=64 LSAN_OPTIONS='$(leaks_of_others)' \
	    UBSAN_OPTIONS=print_stacktrace=1 tools/sum 'tools/specs lua$(LUA_VERSION)'

check-valgrind: deps ## some of the specs under memcheck (SPECS=); check-threads has its hosts under it
	@tools/check-valgrind

check-torture: deps ## memory that runs out at a place taken by chance, in every scenario (COUNT=25; 0: at every place; SEED=)
	@tools/check-torture

check-lifetime: deps ## finalizers that close everything at every allocation (COUNT= of allocations, SPECS= under a stepping collector, SEED=)
	@tools/check-lifetime

check-threads: deps ## 10,000 scripts on 64 threads with small stacks, as in FreeSWITCH (STATES=10000)
	@tools/check-threads

check-crash: deps all ## 10,000 people, killed 200 times and at every step of the journal (PEOPLE=10000 KILLS=200)
	@tools/check-crash

check-pacing: deps all ## what runs ask of systems: changes at once and a minute, reads, requests to one that is down
	@tools/check-pacing

check-asterisk: deps ## the example of Asterisk in a real one, in a chroot (root; made once, kept in build/chroot)
	@tools/check-asterisk

check-hosts: deps ## one sign-out in HAProxy, lighttpd and Kamailio each
	@tools/check-hosts

check-engines: deps ## an engine in the loops of luv, cqueues, LuaSocket and a real Prosody, on every Lua
	@tools/check-engines

check-servers: deps ## the systems of examples/systems against real servers of Debian's, each started in a folder of its own (root)
	@tools/check-servers

check-nginx: deps ## long use, many calls and bad moments of nginx and the module's own thread (REQUESTS=100000)
	@tools/check-nginx

check-faults: deps ## what comes of a call when the other side misbehaves: every fault on every system
	@tools/check-faults

check-model: deps all ## all that may happen to one target in small worlds, and mutants of the rules that it must tell (EVERY=1)
	@tools/check-model

check-walks: deps all ## random walks through the model, beyond the bounds of its search (WALKS=1000000 SEED=)
	@tools/check-walks

check-lies: deps test-modules ## random worlds, faults and moves: no verdict is false by the simulator's own truth (RUNS=20000 SEED= ONLY=n)
	@tools/check-lies

check-directory: deps all ## the list of people that examples/people_from_ldap.lua makes of a directory (slapd)
	@tools/check-directory

check-tls: deps ## whom a client talks to: no byte of a credential for a wrong server, one not trusted any more, or behind a redirect
	@$(MAKE) -s all
	@SPECS='spec/integration/tls_spec.lua spec/integration/keylog_spec.lua spec/integration/redirects_spec.lua spec/integration/withdrawn_spec.lua spec/integration/pool_spec.lua' tools/specs lua$(LUA_VERSION)

check-locales: deps test-modules ## the specs of offboarding in hosts that set their locale: each, before, after and in the middle, on every Lua
	@LOCALES=all SPECS=spec/integration/locales_spec.lua SPECS_LIMIT=3600 tools/specs $(test_interpreters)

check-bombs: deps ## hostile XML and JSON: refused at once, in little memory, with nothing opened (TIMES=1.3: of lua-cjson, for replies that are taken)
	@tools/check-bombs

check-package: deps ## packages, built, installed, used and purged in a chroot (root); pages, units and hooks (SHORT=1: only these)
	@$(MAKE) -s all
	@tools/check-package $(if $(SHORT),short)

check-jose: deps ## the gate for tokens, before libcrypto and before libcjose: rows, each allocation that fails, sanitizers, memcheck, time (PARTS=specs: of specs memory sanitize threads memcheck bench; LIBRARIES=libcjose)
	@tools/check-jose

check-report: deps ## the report as a page, in Chromium: counts, filters, keyboard, no scripts, print, nothing leaves it (ONLY=few: of the names of cases)
	@$(MAKE) -s all
	@tools/check-report

check-killswitch: deps ## the kill switch: every row, with real senders and other judges of tokens (SHORT=1: without what test and check-jose run; SPECS=: only those; FLOOD=10000 SECONDS=5 KILLS=200)
	@SPECS='$(SPECS)' $(if $(SHORT),SHORT=1) $(if $(KILLS),KILLS=$(KILLS)) $(if $(FLOOD),FLOOD=$(FLOOD)) $(if $(SECONDS),SECONDS=$(SECONDS)) tools/check-killswitch

bench-killswitch: deps ## the figures of the kill switch, each beside what it is compared with (TOKENS=200000 ONLY=durable)
	@TOKENS=$(TOKENS) $(if $(ONLY),ONLY=$(ONLY)) tools/check-killswitch bench

demo-killswitch: deps ## an identity provider says that an account is closed: five systems are cleared, the page is written, with the times
	@tools/demo-killswitch

screenshot: demo ## the picture of docs/night-operator.md, of the demo's page
	@tools/check-report screenshot $(BUILD)/demo/evidence.html docs/evidence.png

check-secrets: deps ## no secret in any output of any spec, none left in our memory (SPECS=spec/integration/systems: only those)
	@SPECS='$(SPECS)' tools/check-secrets

fuzz: deps ## libFuzzer on what reads bytes of others, so long each (SECONDS=60 TARGETS=all); spec/proofs/fuzz
	@tools/fuzz $(or $(SECONDS),60) $(TARGETS)

soak: deps ## a long time in one process: so long of requests, then so many clients (MINUTES=60 CLIENTS=1000000)
	@tools/soak

rockspec: ## lists the sources that are there in the rockspec; VERSION=1.0.0: makes that release's, in rockspecs/ (URL= of its archive)
	@lua5.4 tools/rockspec.lua signoff-scm-1.rockspec write
	$(if $(VERSION),@lua5.4 tools/rockspec.lua signoff-scm-1.rockspec release '$(VERSION)' $(URL:%='%'))

bench: all ## the figures of docs/performance.md (ONLY=loops: those of event loops)
	@$(in_checkout) spec/proofs/bench/run

api: ## docs/api.md and the tables of options, from the types
	@lua5.4 tools/api.lua write

docs: ## the internal functions, as HTML, into build/doc
	ldoc --config config.ld --dir build/doc .

# The command finds its module wherever PREFIX is. For a shell, and then for Lua, as in examples/offboard.lua: nobody else says
# what is run before it.
define installed_command
#!/bin/sh
_=[[
unset LUA_INIT LUA_INIT_5_2 LUA_INIT_5_3 LUA_INIT_5_4
exec $(LUA) -- "$$0" "$$@"
]]
package.path = "$(abspath $(INST_LUADIR))/?.lua;" .. package.path
package.cpath = "$(abspath $(INST_LIBDIR))/?.so;" .. package.cpath
endef
export installed_command

manual = $(patsubst man/%.scd,%,$(wildcard man/*.scd))
units = $(notdir $(wildcard systemd/*))
# The folder of a page below INST_MANDIR.
section = $(INST_MANDIR)/man$(subst .,,$(suffix $(1)))

# Without the paragraphs that scdoc leaves empty.
$(BUILD)/man/%: man/%.scd
	@command -v scdoc > /dev/null || { echo "make: scdoc makes the pages of the manual, and is not there; run: apt-get install scdoc" >&2; exit 1; }
	@mkdir -p $(@D)
	scdoc < $< > $@.all
	awk '/^\.P$$/ { held = 1; next } { if (held && !heading && !/^\.(SH|SS|RS|RE|nf)/) print ".P"; held = 0; print; heading = /^\.(SH|SS|TH)/ }' $@.all > $@
	@rm $@.all

manual: $(addprefix $(BUILD)/man/,$(manual)) ## the pages of the manual, into build/man (needs scdoc)

completion: all ## completion/signoff-offboard.bash, from the parser of the arguments
	@$(in_checkout) lua$(LUA_VERSION) tools/completion.lua > completion/signoff-offboard.bash

install: install-module install-command ## to PREFIX, or INST_BINDIR, INST_LIBDIR and so on, below DESTDIR

install-module: all
	install -D -m 755 $(module) $(DESTDIR)$(INST_LIBDIR)/signoff/core.so
	for file in $(lua_files); do install -D -m 644 lua/$$file $(DESTDIR)$(INST_LUADIR)/$$file || exit; done

install-receiver: receiver ## signoff/jose.so as well: what receivers need besides
	install -D -m 755 $(jose_module) $(DESTDIR)$(INST_LIBDIR)/signoff/jose.so

# Without scdoc an installation has no pages of the manual.
pages = $(if $(shell command -v scdoc),$(manual))

install-command: $(addprefix $(BUILD)/man/,$(pages))
	install -d $(DESTDIR)$(INST_BINDIR)
	{ printf '%s\n' "$$installed_command"; sed -n '/^-- Nothing is loaded/,$$p' examples/offboard.lua; } > $(DESTDIR)$(INST_BINDIR)/signoff-offboard
	chmod 755 $(DESTDIR)$(INST_BINDIR)/signoff-offboard
	install -D -m 644 completion/signoff-offboard.bash $(DESTDIR)$(INST_COMPLETIONDIR)/signoff-offboard
	install -d $(DESTDIR)$(INST_UNITDIR)
	$(if $(pages),,@echo 'scdoc is not there: the pages of the manual are left out' >&2)
	for page in $(pages); do install -D -m 644 $(BUILD)/man/$$page $(DESTDIR)$(INST_MANDIR)/man$${page##*.}/$$page || exit; done
	for unit in $(units); do sed 's,/usr/bin/signoff-offboard,$(INST_BINDIR)/signoff-offboard,' systemd/$$unit > $(DESTDIR)$(INST_UNITDIR)/$$unit && chmod 644 $(DESTDIR)$(INST_UNITDIR)/$$unit || exit; done

uninstall: ## removes what install put there
	rm -f $(DESTDIR)$(INST_BINDIR)/signoff-offboard $(addprefix $(DESTDIR)$(INST_LIBDIR)/signoff/,core.so jose.so) $(addprefix $(DESTDIR)$(INST_LUADIR)/,$(lua_files))
	rm -f $(DESTDIR)$(INST_COMPLETIONDIR)/signoff-offboard $(addprefix $(DESTDIR)$(INST_UNITDIR)/,$(units)) $(foreach page,$(manual),$(DESTDIR)$(call section,$(page))/$(page))
	-rmdir $(addprefix $(DESTDIR)$(INST_LUADIR)/,$(lua_folders)) $(DESTDIR)$(INST_LIBDIR)/signoff 2>/dev/null

clean: ## removes build/
	rm -rf build $(BUILD)
	rm -f signoff/*.so src/*/*.o # what LuaRocks leaves
	-rmdir signoff 2>/dev/null

.PHONY: all receiver test-modules help env deps demo simulator test walls lint coverage check-sanitize check-valgrind check-torture check-lifetime check-threads check-nginx check-crash check-pacing check-asterisk check-hosts check-engines check-servers check-faults check-model check-walks check-lies check-directory check-tls check-locales check-bombs check-package check-jose check-report check-secrets check-killswitch bench-killswitch demo-killswitch screenshot fuzz soak rockspec bench api completion manual docs install install-module install-receiver install-command uninstall clean
