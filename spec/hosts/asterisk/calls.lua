
-- What the check adds to the example: calls that come with a phone's name or a number, and the outcome of the last one of
-- each in a global variable.
local function dial(_, extension)
  if extension:find "^%d" then
    channel["CALLERID(num)"] = extension
  else
    channel.SIGNOFF_DEVICE = extension
  end
  channel.ASKED = extension
  app["goto"]("signoff", "*56", 1)
end

extensions.check = { ["_X."] = dial, ["_SEP."] = dial }

function extensions.signoff.h()
  channel["GLOBAL(OUTCOME_" .. channel.ASKED:get() .. ")"] = channel.SIGNOFF_OUTCOME:get()
end
