-- SPDX-License-Identifier: MIT
-- signoff.signout.proof alone, by its rows.

require "spec.support.unit" ("proof", describe, it)
