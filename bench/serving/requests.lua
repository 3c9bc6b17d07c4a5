-- For wrk: sends the bodies of a file one after the other, waits between requests where it is told to, and compares every
-- answer with the one that is expected for its id.
--
--     wrk -t 1 ... -s requests.lua ADDRESS -- FOLDER WAIT_MS

local threads = {}

function setup(thread)
  table.insert(threads, thread)
end

local function lines(path)
  local all = {}
  for line in io.lines(path) do all[#all + 1] = line end
  return all
end

function init(args)
  local folder = args[1]
  wait = tonumber(args[2])
  local headers = { ["content-type"] = "application/json" }
  requests, expected = {}, lines(folder .. "/answers")
  for number, body in ipairs(lines(folder .. "/bodies")) do
    requests[number] = wrk.format("POST", nil, headers, body)
  end
  at, answers, wrong = 0, 0, 0
  math.randomseed(1)
end

function request()
  at = at % #requests + 1
  return requests[at]
end

-- Between half and one and a half times as long: connections do not march in step.
function delay()
  if wait == 0 then return 0 end
  return wait * (0.5 + math.random())
end

function response(status, headers, body)
  answers = answers + 1
  local id = body:match('"id":"(%d+)"')
  if status ~= 200 or not id or expected[tonumber(id) + 1] ~= body then wrong = wrong + 1 end
end

function done(summary, latency, _)
  local answers, wrong = 0, 0
  for _, thread in ipairs(threads) do
    answers, wrong = answers + thread:get("answers"), wrong + thread:get("wrong")
  end
  local failed = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout
  print(string.format("measured %d %d %d %d %.1f", answers, wrong, failed, summary.duration, latency:percentile(99)))
end
