#!/usr/bin/env lua5.4
-- SPDX-License-Identifier: MIT
-- signoff-offboard: signs the people of a list out of their systems, and proves it. `signoff-offboard --help` says how,
-- systems.lua beside this file is a site to copy. The installed command is this file.

os.exit(require "signoff.offboard.command"(arg))
