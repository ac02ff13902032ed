-- Counters of limits in Redis: the logic of migrations 0006 and 0008, each call atomic. Numbers are whole and below
-- 2^53; times are microseconds since 1970.
--
-- A key holds the counters of one account and feature, by the key of their limit:
--   spec, rolling     the window, and its length in seconds if it is a rolling one, else 0
--   since             from when it counts by this window
--   start, stop       bounds of a window that is not rolling
--   ends, units       of a rolling one: exclusive ends of the buckets that hold units, ascending, and their units
--   used, seen        units that count; latest instant of a decision
--
-- ARGV: a command, the epoch, what is asked as JSON. KEYS: the epoch, then as the command says. An epoch is valid on
-- the one server for which it was written, until that ends: what a replica or a snapshot brought back is not trusted.
-- `ask.now` is the instant instead of that of the clock; 0 for the clock.
local SECOND = 1000000
local GRACE = 60 * SECOND

local command, epoch = ARGV[1], ARGV[2]
local ask = ARGV[3] and cjson.decode(ARGV[3])
local server = string.match(redis.call('info', 'server'), 'run_id:(%x+)')
local time = redis.call('time')
local now = tonumber(time[1]) * SECOND + tonumber(time[2])
if ask and ask.now > 0 then
  now = ask.now
end

if command == 'look' then
  local policy = string.match(redis.call('info', 'memory'), 'maxmemory_policy:([%w-]+)')
  return { 'looked', now, server, redis.call('get', KEYS[1]) or '', policy or '' }
end
if string.sub(epoch, -#server) ~= server then
  return { 'renew' }
end
if command == 'begin' then
  redis.call('set', KEYS[1], epoch)
  return { 'begun' }
end
if redis.call('get', KEYS[1]) ~= epoch then
  return { 'renew' }
end

local function bucketEnd(seconds, at)
  local width = math.floor(seconds * 10000 / 3)
  return at - at % width + width
end

local function add(counter, at, units)
  counter.used = counter.used + units
  if counter.rolling == 0 then
    return
  end
  local ends = bucketEnd(counter.rolling, at)
  local place = #counter.ends
  while place > 0 and counter.ends[place] > ends do
    place = place - 1
  end
  if place > 0 and counter.ends[place] == ends then
    counter.units[place] = counter.units[place] + units
  else
    table.insert(counter.ends, place + 1, ends)
    table.insert(counter.units, place + 1, units)
  end
end

-- Takes off the buckets that lie wholly outside the window.
local function forget(counter)
  local gone = 0
  while gone < #counter.ends and counter.ends[gone + 1] + counter.rolling * SECOND <= now do
    gone = gone + 1
    counter.used = counter.used - counter.units[gone]
  end
  if gone > 0 then
    local ends, units = {}, {}
    for place = gone + 1, #counter.ends do
      ends[#ends + 1] = counter.ends[place]
      units[#units + 1] = counter.units[place]
    end
    counter.ends, counter.units = ends, units
  end
end

local function emptyCounter(limit)
  return {
    spec = limit.spec, rolling = limit.rolling, since = now, start = limit.start, stop = limit.stop,
    used = 0, seen = now, ends = {}, units = {}
  }
end

-- The counter as it stands now under the limit's window. Another window begins to count from nothing; of rolling ones,
-- a new length keeps the units: each bucket ends where one of the new width does, never earlier.
local function turned(counter, limit)
  if counter == nil then
    return emptyCounter(limit)
  end
  if counter.spec ~= limit.spec then
    local fresh = emptyCounter(limit)
    if counter.rolling > 0 and limit.rolling > 0 then
      for place, ends in ipairs(counter.ends) do
        add(fresh, ends - 1, counter.units[place])
      end
      forget(fresh)
    end
    return fresh
  end
  if counter.rolling > 0 then
    forget(counter)
  elseif now < counter.start or now >= counter.stop then
    local fresh = emptyCounter(limit)
    fresh.since = counter.since
    return fresh
  end
  return counter
end

-- When the window turns; of a rolling one, when units come free next. -1 for never.
local function resetsAt(counter)
  if counter.rolling == 0 then
    return counter.stop
  end
  return counter.ends[1] and counter.ends[1] + counter.rolling * SECOND or -1
end

-- When units will fit below a ceiling if nothing else is admitted; -1 for never.
local function fitsAt(counter, ceiling, units)
  local needed = units - (ceiling - counter.used)
  if units > ceiling then
    return -1
  elseif needed <= 0 then
    return now
  elseif counter.rolling == 0 then
    return counter.stop
  end
  for place, ends in ipairs(counter.ends) do
    needed = needed - counter.units[place]
    if needed <= 0 then
      return ends + counter.rolling * SECOND
    end
  end
  return now
end

-- Keeps the counters of a key until nothing of them counts any more, and a grace in which decisions may be under way.
local function keep(key, counters)
  local untilAt = now
  for limitKey, counter in pairs(counters) do
    local last = counter.rolling == 0 and counter.stop
      or (counter.ends[#counter.ends] or now) + counter.rolling * SECOND
    if last <= now then
      counters[limitKey] = nil
    else
      untilAt = math.max(untilAt, last)
    end
  end
  redis.call('set', key, cmsgpack.pack(counters), 'px', math.ceil((untilAt - now + GRACE) / 1000))
end

local function countersAt(key)
  local packed = redis.call('get', key)
  return packed and cmsgpack.unpack(packed) or nil
end

-- KEYS: of pairs, one each. Answers what is counted, a row for each counter, turned to now by itself.
if command == 'read' then
  local rows = {}
  for pair = 1, #KEYS - 1 do
    for limitKey, c in pairs(countersAt(KEYS[pair + 1]) or {}) do
      if c.rolling > 0 then
        forget(c)
      end
      rows[#rows + 1] = { pair, limitKey, c.spec, c.rolling == 0 and c.start or -1, resetsAt(c), c.used, c.ends, c.units, c.seen }
    end
  end
  return { 'read', rows }
end

-- KEYS: of pairs, one each. `ask.pairs[n]`: counters of pair n from the usage log. What is there already stays.
if command == 'seed' then
  for pair, counters in ipairs(ask.pairs) do
    if redis.call('exists', KEYS[pair + 1]) == 0 then
      keep(KEYS[pair + 1], counters)
    end
  end
  return { 'seeded' }
end

-- KEYS: of pairs, then of ids. `ask.at`: the instant of a decision whose record failed; `ask.pairs`: the units that every
-- limit named counted. They are given back where they still count; the ids may be decided again.
if command == 'give_back' then
  for pair, given in ipairs(ask.pairs) do
    local counters = countersAt(KEYS[pair + 1])
    for _, limitKey in ipairs(counters and given.limits or {}) do
      local counter = counters[limitKey]
      if counter and ask.at >= counter.since and (counter.rolling > 0 or ask.at >= counter.start) then
        if counter.rolling == 0 then
          counter.used = counter.used - given.units
        else
          local ends = bucketEnd(counter.rolling, ask.at)
          for place, known in ipairs(counter.ends) do
            if known == ends then
              counter.units[place] = counter.units[place] - given.units
              counter.used = counter.used - given.units
            end
          end
        end
        counter.seen = math.max(counter.seen, now)
      end
    end
    if counters then
      keep(KEYS[pair + 1], counters)
    end
  end
  for id = #ask.pairs + 2, #KEYS do
    redis.call('del', KEYS[id])
  end
  return { 'given_back' }
end

-- KEYS: of pairs, then of ids. `ask`:
--   mode       'bet' admits all or nothing, 'decide' each request as it fits, in order; 'check' looks at each by itself
--   pairs      by pair false (not entitled), or `from`, `till`: when these limits hold, and `limits`: each key, units, soft,
--              spec, rolling, start, stop
--   requests   by request whether it is skipped (1), the number of its id's key or 0, then pair and units of each item
--   id_ms      how long an id is known as under way
assert(command == 'decide', 'no such command')
local kept, missing = {}, {}
for pair, plan in ipairs(ask.pairs) do
  if plan and #plan.limits > 0 then
    kept[pair] = countersAt(KEYS[pair + 1])
    if kept[pair] == nil then
      missing[#missing + 1] = pair
    end
    for _, counter in pairs(kept[pair] or {}) do
      now = math.max(now, counter.seen)
    end
  end
end
for _, plan in ipairs(ask.pairs) do
  if plan then
    local stale = now < plan.from or now >= plan.till
    for _, limit in ipairs(plan.limits) do
      stale = stale or (limit.rolling == 0 and (now < limit.start or now >= limit.stop))
    end
    if stale then
      return { 'stale', now }
    end
  end
end
if #missing > 0 then
  return { 'missing', now, missing }
end

-- Limits are numbered through, in the order of their pairs.
local limits, counters, used, sums, first = {}, {}, {}, {}, {}
for pair, plan in ipairs(ask.pairs) do
  first[pair] = #limits + 1
  for _, limit in ipairs(plan and plan.limits or {}) do
    local number = #limits + 1
    local counter = turned(kept[pair][limit.key], limit)
    limits[number], counters[number], used[number], sums[number] = limit, counter, counter.used, 0
    kept[pair][limit.key] = counter
  end
end

local underWay, unentitled, refused = {}, {}, {}
local admitted, marked = {}, {}
for number, request in ipairs(ask.requests) do
  local skipped = request[1] == 1
  if not skipped and request[2] > 0 and redis.call('exists', KEYS[request[2]]) == 1 then
    underWay[#underWay + 1] = number
    skipped = true
  end
  local fits = not skipped
  for item = 3, skipped and 0 or #request, 2 do
    local pair, units = request[item], request[item + 1]
    local plan = ask.pairs[pair]
    if not plan then
      fits = false
      unentitled[#unentitled + 1] = { number, pair }
    else
      for place, limit in ipairs(plan.limits) do
        local index = first[pair] + place - 1
        local room = limit.units - used[index] - (ask.mode == 'check' and 0 or sums[index])
        if units > room and limit.soft == 0 then
          fits = false
          refused[#refused + 1] = { number, index, units }
        end
      end
    end
  end
  if ask.mode == 'bet' and not fits then
    return { 'lost' }
  end
  if fits and ask.mode ~= 'check' then
    admitted[#admitted + 1] = number
    if request[2] > 0 then
      marked[#marked + 1] = KEYS[request[2]]
    end
    for item = 3, #request, 2 do
      local pair, units = request[item], request[item + 1]
      for index = first[pair], first[pair] + #ask.pairs[pair].limits - 1 do
        sums[index] = sums[index] + units
      end
    end
  end
end

for pair, plan in ipairs(ask.pairs) do
  local changed = false
  for index = first[pair], first[pair] + #(plan and plan.limits or {}) - 1 do
    if sums[index] > 0 then
      add(counters[index], now, sums[index])
      counters[index].seen = now
      changed = true
    end
  end
  if changed then
    keep(KEYS[pair + 1], kept[pair])
  end
end
for _, key in ipairs(marked) do
  redis.call('set', key, 1, 'px', ask.id_ms)
end
local fits, resets = {}, {}
for place, refusal in ipairs(refused) do
  fits[place] = fitsAt(counters[refusal[2]], limits[refusal[2]].units, refusal[3])
end
for index, counter in ipairs(counters) do
  resets[index] = resetsAt(counter)
end
return { 'decided', now, underWay, unentitled, refused, fits, used, resets, admitted }
