-- SPDX-License-Identifier: MIT
-- signoff.signout.occupant alone, by the rows of the state machine.

require "spec.support.unit" ("occupant", describe, it)
