-- SPDX-License-Identifier: MIT
-- signoff.signout.attempts alone, by the rows of the state machine.

require "spec.support.unit" ("attempts", describe, it)
