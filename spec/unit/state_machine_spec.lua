-- SPDX-License-Identifier: MIT
-- signoff.signout.state_machine alone, by its rows.

require "spec.support.unit" ("state_machine", describe, it)
