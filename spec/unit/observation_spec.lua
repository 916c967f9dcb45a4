-- SPDX-License-Identifier: MIT
-- signoff.signout.observation alone, by its rows.

require "spec.support.unit" ("observation", describe, it)
