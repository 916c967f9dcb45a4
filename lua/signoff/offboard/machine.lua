-- SPDX-License-Identifier: MIT

--- The machine that this runs on.
-- @module signoff.offboard.machine

local machine = {}

--- Its name; nil where it has none to read.
-- @treturn ?string
function machine.name()
  for _, path in ipairs { "/proc/sys/kernel/hostname", "/etc/hostname" } do
    local file = io.open(path)
    local name = file and file:read "*l"
    if file then
      file:close()
    end
    if name and name ~= "" then
      return name
    end
  end
  return os.getenv "HOSTNAME"
end

return machine
