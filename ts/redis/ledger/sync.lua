-- One call of a process: what it spent, what waits there, what it holds; and its answer.
local me = read('p:' .. process)
if not me then
  me = { n = -1, o = {} }
  -- Where there is no memory, a new process is refused here, before anything has changed.
  call('HSET', key, 'p:' .. process, pack(me))
end
-- Repeated, or overtaken by a later call.
if me.n >= request.n then return me.a end

-- The exchange's clock minus this one, as a process knows it. Readings differ by some milliseconds.
if request.o and math.abs(request.o - head.z) > 5 then
  head.z = request.o
  for _, id in ipairs(loaded) do turn(rules[id], head.z, now) end
  call('PUBLISH', key .. ':all', '{"T":' .. number(now) .. ',"z":' .. number(head.z) .. '}')
end

-- The process has not heard of this epoch; it tells what it spent with its next call.
local isNew = request.e ~= head.ep
local known = {}
for _, id in ipairs(request.k) do known[id] = true end

if not isNew then
  for _, settled in ipairs(request.s) do
    for _, part in ipairs(settled[2]) do
      local s = rule(part[1])
      for at = 1, s and #s.o or 0, OPEN do
        if s.o[at] == settled[1] then
          close(s, at, part[2], part[3], false)
          break
        end
      end
    end
    known[settled[1]] = true
  end
  for _, told in ipairs(request.t) do
    local s = rule(told[1])
    if s then tell(s, told[2], now - told[3], now - told[4]) end
  end
  for _, held in ipairs(request.c) do
    local s = rule(held[1])
    if s and s.k == PERMITS then
      local h = s.h
      for i = #h - 2, 1, -3 do
        if h[i] == process then
          for _ = 1, 3 do remove(h, i) end
        end
      end
      if held[2] > 0 then
        h[#h + 1], h[#h + 2], h[#h + 3] = process, held[2], now
      end
    end
  end
end
for _, usage in ipairs(request.u) do
  local s = rule(usage[1])
  if s then report(s, usage[2], now) end
end

-- Pauses of all rules have no id. A negative time resumes.
local changes = {}
for _, pause in ipairs(request.b) do
  local id, ms = pause[1], pause[2]
  local holder
  if id == '' then holder = head else holder = rule(id) end
  if holder then
    local field = id == '' and 'pa' or 'p'
    local ends = ms < 0 and 0 or max(holder[field] or 0, now + ms)
    if ends ~= (holder[field] or 0) then
      holder[field] = ends
      changes[#changes + 1] = '[' .. quote(id) .. ',' .. number(ends) .. ']'
    end
  end
end
if #changes > 0 then
  call('PUBLISH', key .. ':all',
    '{"T":' .. number(now) .. ',"pa":[' .. table.concat(changes, ',') .. ']}')
end

-- Refusals in a row, as of one exchange: one that the caller met before it knew of the last belongs
-- to that one. An accepted request ends the row.
local row = request.f
if row and not isNew then
  local count, met = head.f or 0, row[2] > 0
  if met and row[1] == count or not met and count > 0 then
    head.f, head.fr = met and count + 1 or 0, row[3]
    call('PUBLISH', key .. ':all',
      '{"T":' .. number(now) .. ',"f":' .. head.f .. (row[3] and ',"fr":' .. quote(row[3]) or '') .. '}')
  end
end

-- What waits here takes the place of what waited before.
paused = head.pa and head.pa > now
stopped = now < head.rec or paused or (isNew and request.e > 0)
local before = waiting[process]
local hadWaiting = next(waiting) ~= nil
if #request.w > 0 then
  local tickets = {}
  for _, entry in ipairs(request.w) do
    local level = entry[2]
    if not tickets[level] then
      local ticket = before and before.k[level]
      if not ticket then
        head.tk = head.tk + 1
        ticket = head.tk
      end
      tickets[level] = ticket
    end
  end
  waiting[process] = { k = tickets, e = request.w, u = request.l == 1 }
elseif before then
  waiting[process] = nil
end

head.ps[process] = now
local processes = 0
for pid, seen in pairs(head.ps) do
  if now - seen > 60000 then head.ps[pid] = nil else processes = processes + 1 end
end

serveAll()
if not stopped then spares(request.x, processes) end

-- Claims for others are kept until they are known to have arrived.
for _, pid in ipairs(order) do
  if pid ~= process then
    local other = read('p:' .. pid)
    if other then
      local claim = claimText(given[pid])
      other.o[#other.o + 1], other.o[#other.o + 2] = given[pid].id, claim
      call('HSET', key, 'p:' .. pid, pack(other))
      waiting[pid].out = waiting[pid].out or now
      call('PUBLISH', key .. ':' .. pid,
        '{"ep":' .. number(head.ep) .. ',"T":' .. number(now) .. ',"c":[' .. claim .. ']}')
    end
  end
end
for pid, w in pairs(waiting) do
  local left = {}
  for _, entry in ipairs(w.e) do
    if entry[3] > 0 then left[#left + 1] = entry end
  end
  w.e = left
  if #left == 0 or (w.out and now - w.out > head.l) then waiting[pid] = nil end
end
if next(waiting) then
  call('HSET', key, 'w', pack(waiting))
elseif hadWaiting then
  call('HDEL', key, 'w')
end

-- Spares of what is short are asked back.
local recalls = {}
if now - (head.rc or 0) >= 10 then
  for id in pairs(short) do
    local o = rules[id].o
    for at = 5, #o, OPEN do
      if o[at] == 1 then
        recalls[#recalls + 1] = quote(id)
        break
      end
    end
  end
end
if #recalls > 0 then
  head.rc = now
  call('PUBLISH', key .. ':all', '{"rc":[' .. table.concat(recalls, ',') .. ']}')
end

local claims, rest = {}, {}
for i = 1, #me.o, 2 do
  if not known[me.o[i]] then
    claims[#claims + 1] = me.o[i + 1]
    rest[#rest + 1], rest[#rest + 2] = me.o[i], me.o[i + 1]
  end
end
local own = given[process]
while own do
  if #own.names > 0 or #own.lanes > 0 then claims[#claims + 1] = claimText(own) end
  own = own.next
end

local levels, pauses = {}, {}
for _, id in ipairs(loaded) do
  local s = rules[id]
  -- A rule of spacing has one token.
  local limit, open = max(s.l, s.k == SPACING and 1 or 0), 0
  local left = max(0, limit - min(used(s, now, now), limit))
  for at = 2, #s.o, OPEN do open = open + s.o[at] end
  levels[#levels + 1] = '[' .. quote(id) .. ',' .. number(left) .. ',' .. number(open) .. ']'
  if (s.p or 0) > now then
    pauses[#pauses + 1] = '[' .. quote(id) .. ',' .. number(s.p) .. ']'
  end
end
if paused then pauses[#pauses + 1] = '["",' .. number(head.pa) .. ']' end

local answer = '{"T":' .. number(now) .. ',"ep":' .. number(head.ep)
  .. ',"rec":' .. number(max(0, head.rec - now)) .. ',"n":' .. processes
  .. ',"c":[' .. table.concat(claims, ',') .. ']'
  .. ',"again":' .. (again < huge and number(max(0, again - now)) or '-1') .. ',"rank":' .. rank
  .. ',"z":' .. number(head.z) .. ',"f":' .. (head.f or 0) .. (head.fr and ',"fr":' .. quote(head.fr) or '')
  .. ',"pa":[' .. table.concat(pauses, ',') .. '],"lv":[' .. table.concat(levels, ',') .. ']'
if request.i == 1 then
  -- Where keys are evicted, the ledger is lost with them. Not every user may read the policy.
  local memory = redis.pcall('INFO', 'memory')
  if type(memory) == 'string' then
    local most = string.match(memory, 'maxmemory:(%d+)')
    local policy = string.match(memory, 'maxmemory_policy:([%w-]+)')
    if most and tonumber(most) > 0 and policy ~= 'noeviction' then
      answer = answer .. ',"policy":' .. quote(policy)
    end
  end
end
answer = answer .. '}'

sweep()
save({ n = request.n, a = answer, o = rest, t = now })
return answer
