-- The ledger's key: header, rules, what waits and each process, as fields of one hash. Only what a
-- call needs is read.
local key, text = KEYS[1], ARGV[2]
local request = cjson.decode(ARGV[1])
local call, pack, unpack_ = redis.call, cmsgpack.pack, cmsgpack.unpack
local process, quote = request.p, cjson.encode

-- Numbers as text, as cjson writes 14 digits only.
local function number(n) return string.format('%.17g', n) end

local function read(field)
  local value = call('HGET', key, field)
  return value and unpack_(value)
end

local clock = call('TIME')
local now = clock[1] * 1000 + clock[2] / 1000

local info = call('INFO', 'server')
local run = string.match(info, 'run_id:(%w+)') or ''
local major, minor = string.match(info, 'redis_version:(%d+)%.(%d+)')
if not major or major * 100 + minor < 602 then
  return '{"err":"TOO_OLD","is":' .. quote((major or '?') .. '.' .. (minor or '?')) .. '}'
end

local head = read('h')
local lost = not head or head.run ~= run or request.e > head.ep
if (lost or request.v > head.v) and text == '' then return '{"need":1}' end

local definitions
local function defined()
  definitions = definitions or cjson.decode(call('HGET', key, 'd'))
  return definitions
end

if lost then
  definitions = cjson.decode(text)
  local after = max(request.e, head and head.ep or 0)
  head = {
    -- By the clock, so that it differs from those of an earlier, forgotten ledger.
    ep = max(floor(now * 1000), after + 1),
    run = run, t = now, rec = now + definitions.recovery, v = request.v, rh = request.h,
    l = definitions.lease, si = 3 * definitions.lease, gr = definitions.grace,
    ttl = definitions.ttl, id = 0, tk = 0, ps = {}, x = 0, sw = now, cu = '0',
  }
  -- A server without memory refuses `HSET` as the first write of a script, but not after `DEL`.
  call('HSET', key, 'd', text)
  call('DEL', key)
  call('HSET', key, 'd', text)
  call('PUBLISH', key .. ':all', '{"ep":' .. number(head.ep) .. '}')
end
now = max(now, head.t)
head.t = now

-- A ledger of an earlier version has no difference to the clock of the exchange.
head.z = head.z or 0

local rules, loaded = {}, {}

-- The definition of an id: its own, or that of the family with the longest prefix.
local function definition(id)
  local found, length = nil, -1
  for _, d in ipairs(defined().rules) do
    if d.id == id then return d end
    local prefix = string.match(d.id, '^(.*)%*$')
    if prefix and #prefix > length and #id > #prefix and string.sub(id, 1, #prefix) == prefix then
      found, length = d, #prefix
    end
  end
  return found
end

-- The state of a rule at this instant; nil if there is no such rule.
local function rule(id)
  local s = rules[id]
  if s ~= nil then return s end
  s = read('r:' .. id)
  if not s then
    local d = definition(id)
    if not d then return nil end
    s = state(d, now)
    s.f = d.id ~= id
  end
  turn(s, head.z, now)
  advance(s, now, head.gr, head.si)
  rules[id] = s
  loaded[#loaded + 1] = id
  return s
end

-- Other rules of a later version, under which what was used still counts.
if not lost and request.v > head.v then
  call('HSET', key, 'd', text)
  definitions = cjson.decode(text)
  head.v, head.rh, head.l, head.gr = request.v, request.h, definitions.lease, definitions.grace
  head.si, head.ttl, head.x = 3 * head.l, max(head.ttl, definitions.ttl), 0
  local fields = call('HKEYS', key)
  for _, field in ipairs(fields) do
    if string.sub(field, 1, 2) == 'r:' then
      local id = string.sub(field, 3)
      local old, d = read(field), definition(id)
      turn(old, head.z, now)
      if not d then
        call('HDEL', key, field)
      elseif old.k == d.k and (d.k == BUCKET or d.k >= PERMITS or (old.w == d.w and old.j == d.j)) then
        advance(old, now, head.gr, head.si)
        old.l, old.w, old.j, old.r = limitOf(d), d.w, d.j, d.r
        rules[id] = old
        loaded[#loaded + 1] = id
      else
        -- Counted another way from now on: all that counts might have been spent just now.
        advance(old, now, head.gr, head.si)
        local s, last = state(d, now), now
        turn(s, head.z, now)
        for i = 4, #old.o, OPEN do last = max(last, old.o[i]) end
        local sum = used(old, now, now)
        if sum > 0 then tell(s, min(sum, 2 ^ 53), now, last) end
        s.f = d.id ~= id
        rules[id] = s
        loaded[#loaded + 1] = id
      end
    end
  end
  call('PUBLISH', key .. ':all', '{"v":' .. number(head.v) .. '}')
elseif request.v < head.v then
  return '{"v":' .. number(head.v) .. ',"rules":' .. quote(call('HGET', key, 'd')) .. '}'
elseif request.h ~= head.rh then
  return '{"err":"RULES_DIFFER","v":' .. number(head.v) .. ',"rules":'
    .. quote(call('HGET', key, 'd')) .. '}'
end

-- Writes what has changed, and drops members of families under which nothing counts.
local function save(me)
  local renews = now >= head.x
  if renews then head.x = now + 60000 end
  local changed = { 'h', pack(head), 'p:' .. process, pack(me) }
  for _, id in ipairs(loaded) do
    local s = rules[id]
    if s.f and idle(s, now) then
      call('HDEL', key, 'r:' .. id)
    else
      changed[#changed + 1], changed[#changed + 2] = 'r:' .. id, pack(s)
    end
    if #changed > 1000 then
      call('HSET', key, unpack(changed))
      changed = { 'h', changed[2] }
    end
  end
  call('HSET', key, unpack(changed))
  if renews then call('PEXPIRE', key, ceil(head.ttl)) end
end

-- Every few seconds, looks at a part of the fields for rules and processes that are gone.
local function sweep()
  if now - head.sw < 5000 then return end
  head.sw = now
  local answer = call('HSCAN', key, head.cu, 'COUNT', 20)
  head.cu = answer[1]
  for i = 1, #answer[2], 2 do
    local field = answer[2][i]
    local kind, name = string.sub(field, 1, 2), string.sub(field, 3)
    if kind == 'r:' and not rules[name] then
      rule(name)
    elseif kind == 'p:' and name ~= process then
      local other = unpack_(answer[2][i + 1])
      if other.t + 600000 < now then call('HDEL', key, field) end
    end
  end
end
