-- SPDX-License-Identifier: MIT

--- Oracle Commerce: an access token is the login. A cell holds one.
-- @module signoff.offboard.vendor.oracle_commerce

return {
  target = { key = "token" },
  init = [[
oracle_commerce = {
  -- Oracle Commerce. No user and no right of ours is needed: each person's access token is the login. The list of people holds
  -- the tokens (mode 0600); they live 15 minutes after login or refresh.
  client = signoff.oracle_commerce {
    url = "https://FILL-IN", -- the host of the agent console, below which /ccagent/v1 is
    -- verify_path = "verify", -- where the site tells whether a token is alive; without one nothing can be proved
  },
},
]],
}
