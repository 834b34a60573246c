-- The algorithms: how open and settled claims count under a rule.
--
-- A claim lets a process spend an amount until an instant. Each request that is paid from it reaches
-- the exchange between the claim and `jitter` after that instant. The state of a rule counts it at
-- the worst time in between, so it is never below the count of the exchange.
--
-- Times are milliseconds of this server's clock; amounts are tokens. Fields of a state:
--   k algorithm, l limit, w interval, j jitter, r refill per millisecond, f whether of a family
--   o open claims, five numbers each: id, amount, since, until, whether it is spare
--   p end of its pause, b the last instant at which a request was blocked here
--   rolling window: g pairs of last spending and amount, in this order of time
--   bucket: u tokens missing, t the instant of that
--   aligned window: c pairs of window number and count, z the exchange's clock minus this one
--   window of its first request: s its start, e the last instant that may have opened it, n count,
--   a the claim that opens it while that is not settled, x whether its start is unknown
--   concurrency: h triples of process, permits and instant of its last word
--   spacing: e the instant from which on the next request may be sent
local floor, ceil, max, min, huge = math.floor, math.ceil, math.max, math.min, math.huge
local insert, remove = table.insert, table.remove

local ROLLING, BUCKET, ALIGNED, FIRST, PERMITS, SPACING = 1, 2, 3, 4, 5, 6
local OPEN = 5
-- An end is this much before the instant at which another window begins: more than the rounding of
-- a time.
local TICK = 0.001
-- Pairs in the log of a rolling window.
local LOG = 64

-- The numbers of the windows that requests sent from `from` to `last` may fall into.
local function windows(s, from, last)
  return floor((from + s.z - s.j) / s.w), floor((last + s.z + s.j) / s.w)
end

-- Adds to the counts of aligned windows.
local function count(s, first, last, amount)
  local c = s.c
  for window = first, last do
    local at = 1
    while c[at] and c[at] ~= window do at = at + 2 end
    if not c[at] then c[at], c[at + 1] = window, 0 end
    c[at + 1] = max(0, c[at + 1] + amount)
  end
end

-- Sets the difference to the clock of the exchange. The requests of a window may be in each of the
-- windows that it overlaps by the new difference, and count in both: of those that now and the ends
-- of open claims may be in. Later ones have none yet, and earlier ones are over.
local function turn(s, z, now)
  if s.k ~= ALIGNED or s.z == z then return end
  local by, c, last = (z - (s.z or 0)) / s.w, s.c, now
  for i = 4, #s.o, OPEN do last = max(last, s.o[i]) end
  s.z, s.c = z, {}
  local first, final = windows(s, now, last)
  for i = 1, #c, 2 do
    count(s, max(first, c[i] + floor(by)), min(final, c[i] + ceil(by)), c[i + 1])
  end
end

-- Adds a settled amount to the log of a rolling window. Of too many pairs, the two nearest become
-- one, which ends with the later.
local function log(s, last, amount)
  local g = s.g
  local at = #g + 1
  while at > 1 and g[at - 2] > last do at = at - 2 end
  if at > 1 and g[at - 2] == last then
    g[at - 1] = g[at - 1] + amount
  else
    insert(g, at, amount)
    insert(g, at, last)
  end
  if #g <= 2 * LOG then return end
  local nearest, gap = 1, huge
  for i = 1, #g - 2, 2 do
    if g[i + 2] - g[i] < gap then nearest, gap = i, g[i + 2] - g[i] end
  end
  g[nearest + 3] = g[nearest + 3] + g[nearest + 1]
  remove(g, nearest)
  remove(g, nearest)
end

-- Settles the open claim at `at`: `spent` of it was spent, the last of that at `last`.
local function close(s, at, spent, last, lapsed)
  local o, kind = s.o, s.k
  local id, amount, since, till = o[at], o[at + 1], o[at + 2], o[at + 3]
  for _ = 1, OPEN do remove(o, at) end
  spent = max(0, min(spent, amount))
  last = max(since, min(last, till))
  local rest = amount - spent
  if kind == ROLLING then
    if spent > 0 then log(s, last, spent) end
  elseif kind == BUCKET then
    s.u = max(0, s.u - rest)
  elseif kind == ALIGNED then
    local first, final = windows(s, since, till)
    count(s, first, final, -amount)
    first, final = windows(s, since, last)
    if spent > 0 then count(s, first, final, spent) end
  elseif kind == FIRST then
    if s.a ~= id then
      if s.s and since >= s.s then s.n = s.n - rest end
    elseif lapsed then
      s.a, s.x = nil, 1
    elseif spent > 0 then
      s.a, s.e, s.n = nil, last, s.n - rest
    else
      s.a, s.s, s.n = nil, nil, 0
    end
  elseif kind == SPACING and spent > 0 then
    s.e = max(s.e, last + spent * s.w + s.j)
  end
end

-- Advances a state to `now`: tokens refill, old counts leave, and claims that were not settled in
-- time count as spent at their end.
local function advance(s, now, grace, silence)
  local o, kind = s.o, s.k
  if kind == BUCKET then
    local open = 0
    for i = 2, #o, OPEN do open = open + o[i] end
    s.u, s.t = max(open, s.u - s.r * (now - s.t)), now
  end
  local at = 1
  while at < #o do
    if o[at + 3] + (kind == PERMITS and silence or grace) <= now then
      close(s, at, o[at + 1], o[at + 3], true)
    else
      at = at + OPEN
    end
  end
  if kind == ROLLING then
    local g, old = s.g, 0
    while g[old + 1] and g[old + 1] + s.j + s.w < now do old = old + 2 end
    if old > 0 then
      local rest = {}
      for i = old + 1, #g do rest[i - old] = g[i] end
      s.g = rest
    end
  elseif kind == ALIGNED then
    local first, c = windows(s, now, now), {}
    for i = 1, #s.c, 2 do
      if s.c[i] >= first then c[#c + 1], c[#c + 2] = s.c[i], s.c[i + 1] end
    end
    s.c = c
  elseif kind == PERMITS then
    local h = {}
    for i = 1, #s.h, 3 do
      if s.h[i + 2] + silence > now then
        for k = i, i + 2 do h[#h + 1] = s.h[k] end
      end
    end
    s.h = h
  end
end

-- Whether a request sent at `now` certainly opens the next window of its first request.
local function opens(s, now)
  return not s.s or now > s.e + s.j + s.w
end

-- The end of a claim made at `now`, exclusive.
local function till(s, now, lease, spare)
  local kind, w, j = s.k, s.w, s.j
  if kind == ROLLING or kind == SPACING then
    return now + max(50, min(lease, w / (spare and 4 or 8)))
  end
  if kind == ALIGNED then
    -- The set of windows changes at a distance of `jitter` before and after each edge.
    local first, last = windows(s, now + min(50, w / 8), now + min(50, w / 8))
    return min(now + lease, min((first + 1) * w + j, (last + 1) * w - j) - s.z - TICK)
  end
  if kind == FIRST then
    return min(now + lease, (opens(s, now) and now or s.s) + w - j - TICK)
  end
  return now + lease
end

-- The amount that counts for a claim from `now` to `last`; infinite where none can be made.
local function used(s, now, last, id)
  local kind, sum = s.k, 0
  if kind == BUCKET then return s.u + s.r * s.j end
  if kind == SPACING then return (#s.o > 0 or now < s.e) and 1 or 0 end
  if kind == ALIGNED then
    local first, final = windows(s, now, last)
    for i = 1, #s.c, 2 do
      if s.c[i] >= first and s.c[i] <= final then sum = max(sum, s.c[i + 1]) end
    end
    return sum
  end
  if kind == FIRST then
    if opens(s, now) then return 0 end
    if s.x or (s.a and s.a ~= id) then return huge end
    if now > s.s + s.w - s.j - min(20, s.w / 8) then return huge end
    return s.n
  end
  for i = 2, #s.o, OPEN do sum = sum + s.o[i] end
  if kind == ROLLING then
    for i = 2, #s.g, 2 do sum = sum + s.g[i] end
  else
    for i = 2, #s.h, 3 do sum = sum + s.h[i] end
  end
  return sum
end

-- Counts a claim, or a further part of it.
local function take(s, id, amount, now, last, spare)
  local o, kind = s.o, s.k
  local at = #o - OPEN + 1
  while at > 0 and o[at] ~= id do at = at - OPEN end
  if at > 0 then
    o[at + 1] = o[at + 1] + amount
  else
    at = #o
    o[at + 1], o[at + 2], o[at + 3], o[at + 4], o[at + 5] = id, amount, now, last, spare and 1 or 0
  end
  if kind == BUCKET then
    s.u = s.u + amount
  elseif kind == ALIGNED then
    local first, final = windows(s, now, last)
    count(s, first, final, amount)
  elseif kind == FIRST then
    if opens(s, now) then s.s, s.e, s.n, s.a, s.x = now, last, 0, id, nil end
    s.n = s.n + amount
  end
end

-- Adds what a process spent between two instants before the data was lost.
local function tell(s, amount, first, last)
  local kind = s.k
  if kind == ROLLING then
    log(s, last, amount)
  elseif kind == BUCKET then
    -- Never more than the bucket holds: the exchange refused none.
    s.u = min(s.l, s.u + amount)
  elseif kind == ALIGNED then
    local from, final = windows(s, first, last)
    count(s, from, final, amount)
  elseif kind == FIRST then
    -- Another process may have opened the window, so its start is unknown.
    s.s, s.e, s.n, s.a, s.x = min(s.s or first, first), max(s.e or last, last), 0, nil, 1
  elseif kind == SPACING then
    s.e = max(s.e, last + amount * s.w + s.j)
  end
end

-- Raises the usage to what the exchange has reported.
local function report(s, amount, now)
  local kind = s.k
  amount = min(amount, s.l)
  if kind == ROLLING then
    local more = amount - used(s, now, now)
    if more > 0 then log(s, now, more) end
  elseif kind == BUCKET then
    s.u = max(s.u, amount)
  elseif kind == ALIGNED then
    local first, final = windows(s, now, now)
    count(s, first, final, 0)
    for i = 1, #s.c, 2 do
      if s.c[i] >= first and s.c[i] <= final then s.c[i + 1] = max(s.c[i + 1], amount) end
    end
  elseif kind == FIRST and not opens(s, now) then
    s.n = max(s.n, amount)
  end
end

-- The first instant at which the amount that counts may be `over` less; a claim that is not settled
-- by then may delay it.
local function ready(s, over, now)
  local kind, o = s.k, s.o
  if kind == BUCKET then return s.r > 0 and now + over / s.r or now + 60000 end
  if kind == ALIGNED then return (windows(s, now, now) + 1) * s.w + s.j - s.z end
  if kind == FIRST then
    if opens(s, now) then return now end
    return s.a and now + 50 or s.e + s.j + s.w + TICK
  end
  -- Whoever releases a permit, or lets a claim lapse, serves all.
  if kind == PERMITS then return now + 300 end
  if kind == SPACING then return #o > 0 and now + 50 or max(s.e + TICK, now + 5) end
  local g = s.g
  for i = 1, #g, 2 do
    over = over - g[i + 1]
    if over <= 0 then return g[i] + s.j + s.w + TICK end
  end
  -- Claims for demand are mostly spent at once, though they count to their end until then.
  local last = now
  for i = 1, #o, OPEN do
    over = over - o[i + 1]
    last = max(o[i + 4] == 1 and o[i + 3] or o[i + 2] + 10, g[#g - 1] or 0)
    if over <= 0 then break end
  end
  return max(last + s.j + s.w + TICK, now + 5)
end

-- Whether nothing counts any more.
local function idle(s, now)
  if #s.o > 0 or (s.p or 0) > now then return false end
  if s.k == FIRST then return opens(s, now) end
  if s.k == SPACING then return now >= s.e end
  return (s.u or 0) == 0 and #(s.g or s.c or s.h or {}) == 0
end

-- The limit of a state. Requests of a rule of spacing are above it whatever they cost, so that each
-- is given while nothing counts.
local function limitOf(d) return d.k == SPACING and 0 or d.l end

-- A new state by the definition of a rule.
local function state(d, now)
  local s = { k = d.k, l = limitOf(d), w = d.w, j = d.j, r = d.r, o = {}, f = d.f }
  if d.k == ROLLING then s.g = {} end
  if d.k == BUCKET then s.u, s.t = d.l - (d.t or d.l), now end
  if d.k == ALIGNED then s.c, s.z = {}, 0 end
  if d.k == FIRST then s.n = 0 end
  if d.k == PERMITS then s.h = {} end
  if d.k == SPACING then s.e = 0 end
  return s
end
