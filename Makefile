LUA_VERSION ?= 5.4
CC ?= cc
PKG_CONFIG ?= pkg-config
CFLAGS ?= -O2 -g
BUILD ?= build/lua$(LUA_VERSION)
LUA_INCDIR ?= /usr/include/lua$(LUA_VERSION)

sources := $(wildcard src/core/*.c src/backends/*.c src/binding/*.c)
objects := $(sources:src/%.c=$(BUILD)/obj/%.o)
own_cflags := -std=gnu11 -Wall -Wextra -Wshadow -fPIC -fvisibility=hidden -MMD -MP
libs := $(shell $(PKG_CONFIG) --libs libcurl libxml-2.0 libcrypto) -lpthread -lm

all: $(BUILD)/signoff/core.so

$(BUILD)/signoff/core.so: $(objects)
	@mkdir -p $(@D)
	$(CC) -shared $(LDFLAGS) -o $@ $^ $(libs)

$(BUILD)/obj/%.o: src/%.c
	@mkdir -p $(@D)
	$(CC) $(own_cflags) $(if $(findstring /binding/,$<),-I$(LUA_INCDIR)) $(shell $(PKG_CONFIG) --cflags libxml-2.0 libcurl) $(CFLAGS) -c -o $@ $<

env:
	@echo "export LUA_PATH='$(CURDIR)/lua/?.lua;;'"
	@echo "export LUA_CPATH='$(CURDIR)/$(BUILD)/?.so;;'"

-include $(objects:.o=.d)
.PHONY: all env
