-- SPDX-License-Identifier: MIT
--- The limits of each system of the storm, all hosts together; on a clock divided by ten.

local limits = {
  -- Changes in a window, requests at once, and those of one host.
  systems = {
    cisco_em = { per_window = 60, at_once = 6, concurrency = 2 }, agvance = { at_once = 8, concurrency = 4 },
    jde_ais = { at_once = 8, concurrency = 4 },
  },
  window = 6, -- seconds
  settings = { lease = 6, heartbeat = 0.5, poll = 0.5, grant = 0.5, window_scale = 0.1 },
}

--- The limits of a system in a run of that form: its `bears` has others.
function limits.of(form, kind)
  return form.bears and form.bears[kind] or limits.systems[kind]
end

return limits
