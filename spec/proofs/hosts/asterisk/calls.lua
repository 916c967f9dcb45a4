
-- The check adds to the example: calls that come with a phone's name or a number, and the outcome of the last one of
-- each in a global variable.
local function dial(_, extension)
  if extension:find "^%d" then
    channel["CALLERID(num)"] = extension
  else
    channel.SIGNOFF_DEVICE = extension
  end
  channel.ASKED = extension
  app["goto"]("phones", "*56", 1) -- in extensions.conf, as the page has it
end

-- Whether a call that came to nothing may have acted, as the module has it.
local function was_sent(_, extension)
  local signoff, site = require "signoff", dofile "/etc/asterisk/signoff_site.lua"
  local options = site.cisco_em
  options.timeout = 1
  if extension == "refused" then
    options.url = "https://127.0.0.1:9/emservice/EMServiceServlet"
  end
  local detail = select(4, signoff.cisco_em(options):logout "SEP0011223344A1")
  channel["GLOBAL(OUTCOME_" .. extension .. ")"] = ("%s sent=%s"):format(detail.code, tostring(detail.sent))
end

extensions.check = { ["_X."] = dial, ["_SEP."] = dial, stalled = was_sent, refused = was_sent }

function extensions.signoff.h()
  channel["GLOBAL(OUTCOME_" .. channel.ASKED:get() .. ")"] = channel.SIGNOFF_OUTCOME:get()
end
