-- SPDX-License-Identifier: MIT
-- signoff.signout.verdict alone, by its rows.

require "spec.support.unit" ("verdict", describe, it)
