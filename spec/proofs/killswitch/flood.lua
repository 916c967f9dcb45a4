-- SPDX-License-Identifier: MIT
-- For wrk: distinct tokens of the file that TOKENS names, each sent once, a part of them by each thread; when all are sent, there is a file
-- TOKENS.sent. Without TOKENS, the same body again and again: GARBAGE. Prints how many were accepted.

local path, parts = os.getenv "TOKENS", tonumber(os.getenv "THREADS" or 1)
local threads, file = {}, nil

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/secevent+jwt"
if os.getenv "AUTHORIZATION" then
  wrk.headers["Authorization"] = os.getenv "AUTHORIZATION"
end

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads - 1)
end

function init()
  accepted, others = 0, 0
  if path then
    file = assert(io.open(path, "rb"))
    line = 0
  else
    wrk.body = os.getenv "GARBAGE" or "garbage"
    garbage = wrk.format()
  end
end

-- The next line of this thread's part.
local function next_token()
  while true do
    local token = file:read "*l"
    line = line + 1
    if not token or line % parts == number then
      return token
    end
  end
end

function request()
  if not file then
    return garbage
  end
  local token = next_token()
  if not token then
    io.open(path .. ".sent", "w"):close()
    wrk.thread:stop()
    return garbage or wrk.format("GET")
  end
  return wrk.format(nil, nil, nil, token)
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
