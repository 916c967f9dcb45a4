-- SPDX-License-Identifier: MIT
-- The rows of the state machine play this file, too: it works on the same states.

return require "spec.unit.rows.state_machine"
