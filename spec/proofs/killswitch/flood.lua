-- SPDX-License-Identifier: MIT
-- For wrk: the same body again and again, GARBAGE. Prints how many were accepted. It counts answers, not requests: those that are on their
-- way at its end are in no count (push.c counts each).

local threads = {}

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/secevent+jwt"
wrk.headers["Authorization"] = os.getenv "AUTHORIZATION"
wrk.body = os.getenv "GARBAGE"

function setup(thread)
  threads[#threads + 1] = thread
end

function init()
  accepted, others = 0, 0
end

function response(status)
  if status < 300 then
    accepted = accepted + 1
  else
    others = others + 1
  end
end

function done(summary, latency)
  local good, bad = 0, 0
  for _, thread in ipairs(threads) do
    good, bad = good + thread:get "accepted", bad + thread:get "others"
  end
  io.write(("accepted %d\nothers %d\nseconds %.3f\np99 %.2f ms\n"):format(good, bad, summary.duration / 1e6, latency:percentile(99) / 1000))
end
