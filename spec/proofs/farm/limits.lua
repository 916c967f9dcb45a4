-- SPDX-License-Identifier: MIT
--- What each system of the storm bears, all hosts together; on a clock divided by ten.

return {
  -- Changes in a window, and requests at once.
  systems = { cisco_em = { per_window = 60, at_once = 6 }, agvance = { at_once = 8 }, jde_ais = { at_once = 8 } },
  window = 6, -- seconds
  settings = { lease = 6, heartbeat = 0.5, poll = 0.5, grant = 0.5, window_scale = 0.1 },
}
