-- Divides what is left among the processes that wait: critical before normal before low, and in a
-- class a higher rank before a lower one; within a rank by tickets, each process a fair part, only
-- whole requests. A level is the number of a class, less a 4096th of a rank.
local waiting = read('w') or {}
local paused = head.pa and head.pa > now
local stopped = now < head.rec or paused
local kept, given, order = {}, {}, {}
local short = {}

-- The claim of a process in this call.
local function claimOf(pid)
  local claim = given[pid]
  if not claim then
    head.id = head.id + 1
    claim = { id = head.id, rules = {}, names = {}, lanes = {} }
    given[pid] = claim
    order[#order + 1] = pid
  end
  return claim
end

local function takeFor(claim, id, amount, spare)
  local s = rule(id)
  local part = claim.rules[id]
  if not part then
    part = { 0, till(s, now, head.l, spare) }
    claim.rules[id] = part
    claim.names[#claim.names + 1] = id
  end
  part[1] = part[1] + amount
  take(s, claim.id, amount, now, part[2], spare)
end

-- The number of requests of these costs that fit beside what is kept.
local function fits(costs, most, pid)
  local n, id = most, given[pid] and given[pid].id
  for i = 1, #costs, 3 do
    local amount = costs[i + 1]
    if amount > 0 then
      local s = rule(costs[i])
      if not s or (s.p or 0) > now then return 0 end
      local ceiling, taken = min(costs[i + 2], s.l), used(s, now, till(s, now, head.l), id)
      local others = kept[costs[i]] or 0
      if amount > ceiling and taken == 0 and others == 0 then
        n = min(n, 1)
      else
        n = min(n, floor((ceiling - taken - others) / amount))
        if n < 1 then
          s.b = now
          short[costs[i]] = true
          return 0
        end
      end
    end
  end
  return n
end

local function keep(costs, times)
  for i = 1, #costs, 3 do
    kept[costs[i]] = (kept[costs[i]] or 0) + costs[i + 1] * times
  end
end

-- The instant at which one request of these costs may fit.
local function fitsAt(costs)
  local at = max(now, head.rec, head.pa or 0)
  for i = 1, #costs, 3 do
    local s, amount = rule(costs[i]), costs[i + 1]
    if s and amount > 0 then
      at = max(at, s.p or 0)
      local over = used(s, now, till(s, now, head.l)) + (kept[costs[i]] or 0)
      over = min(over + amount - min(costs[i + 2], s.l), over)
      if over > 0 then at = max(at, ready(s, over, now)) end
    end
  end
  return at
end

local function give(pid, entry, level, n)
  local claim, costs = claimOf(pid), entry[4]
  for i = 1, #costs, 3 do
    if costs[i + 1] > 0 then takeFor(claim, costs[i], costs[i + 1] * n) end
  end
  local lanes = claim.lanes
  lanes[#lanes + 1], lanes[#lanes + 2] = entry[1], n
  entry[3] = entry[3] - n
  head.tk = head.tk + 1
  waiting[pid].k[level] = head.tk
end

-- The first instant at which the caller may be served, and how many processes are before it.
local again, rank = huge, 0

local function serve(level, entries)
  local queue = {}
  for pid in pairs(entries) do
    local w = waiting[pid]
    -- Another process is told by a message, as long as it listens.
    if pid == process or (w.u and not (w.out and now - w.out > head.l)) then
      queue[#queue + 1] = pid
    end
  end
  table.sort(queue, function(a, b) return waiting[a].k[level] < waiting[b].k[level] end)
  local blocked = {}
  for pass = 1, 2 do
    for place, pid in ipairs(queue) do
      for _, entry in ipairs(entries[pid]) do
        if entry[3] > 0 and not blocked[entry] then
          local n = stopped and 0 or fits(entry[4], entry[3], pid)
          if n > 0 then
            if pass == 1 then n = max(1, floor(n / (#queue - place + 1))) end
            give(pid, entry, level, n)
          end
          if n == 0 or (pass == 2 and entry[3] > 0) then
            -- Kept for it, so that later ones may pass but not delay it.
            if pid == process then
              local at = fitsAt(entry[4])
              if at < again then again, rank = at, place - 1 end
            end
            blocked[entry] = true
            keep(entry[4], 1)
          end
        end
      end
    end
  end
  for _, pid in ipairs(queue) do
    for _, entry in ipairs(entries[pid]) do
      if entry[3] > 1 then keep(entry[4], entry[3] - 1) end
    end
  end
end

-- Serves the levels at which requests wait in their order.
local function serveAll()
  local levels, entries = {}, {}
  for pid, w in pairs(waiting) do
    for _, entry in ipairs(w.e) do
      local level = entry[2]
      if not entries[level] then
        entries[level] = {}
        levels[#levels + 1] = level
      end
      local own = entries[level][pid] or {}
      own[#own + 1] = entry
      entries[level][pid] = own
    end
  end
  table.sort(levels)
  for _, level in ipairs(levels) do serve(level, entries[level]) end
end

-- Spare units of rules on which nobody waits.
local function spares(wishes, processes)
  for _, wish in ipairs(wishes) do
    local s = rule(wish[1])
    local span = s and 2 * max(head.l, min(s.w or 0, 60000))
    local quiet = s and (s.p or 0) <= now and not (s.b and now - s.b < span)
    if quiet and not (s.k == FIRST and (opens(s, now) or s.a)) then
      local claim = given[process]
      local left = min(wish[3], s.l) - (kept[wish[1]] or 0)
        - used(s, now, till(s, now, head.l, true), claim and claim.id)
      local amount = floor(min(wish[2], left / (2 * processes)))
      if amount > 0 then
        -- A claim of its own, as it ends at another instant.
        if not claim or not claim.spare then
          head.id = head.id + 1
          claim = { id = head.id, rules = {}, names = {}, lanes = {}, spare = true, next = claim }
          given[process] = claim
        end
        takeFor(claim, wish[1], amount, true)
      end
    end
  end
end

local function claimText(claim)
  local parts = {}
  for _, id in ipairs(claim.names) do
    local part = claim.rules[id]
    parts[#parts + 1] = '[' .. quote(id) .. ',' .. number(part[1]) .. ',' .. number(part[2]) .. ']'
  end
  local lanes = {}
  for i = 1, #claim.lanes, 2 do
    lanes[#lanes + 1] = '[' .. number(claim.lanes[i]) .. ',' .. number(claim.lanes[i + 1]) .. ']'
  end
  return '[' .. number(claim.id) .. ',[' .. table.concat(parts, ',') .. '],['
    .. table.concat(lanes, ',') .. ']]'
end
