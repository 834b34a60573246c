import { expect, test } from 'vitest';
import { commandFolder } from './rig.ts';

const { run, write, read } = commandFolder();

/** 2026-11-01 10:00 UTC, the beginning of a minute. */
const START = Date.UTC(2026, 10, 1, 10);

const depth = (sent: number, more: object = {}) => ({
  time: START + sent,
  method: 'GET',
  url: 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000',
  status: 200,
  duration: 80,
  ...more,
});

async function examine(records: object[] | string, ...args: string[]) {
  const text =
    typeof records === 'string' ? records : records.map((one) => JSON.stringify(one)).join('\n');
  write('log.ndjson', text);
  const { stdout, stderr } = await run('plan', '--from', 'log.ndjson', '--json', ...args);
  if (stdout === '') throw new Error(stderr.trim());
  return JSON.parse(stdout);
}

/** The findings about the weight of a log of one exchange. */
async function weightOf(records: object[]) {
  const { exchanges } = await examine(records);
  return exchanges[0].rules.find(({ id }: { id: string }) => id === 'REQUEST_WEIGHT');
}

test('a limit is exceeded in the windows in which more was sent', async () => {
  // 250 each: 24 fit into a minute.
  const within = Array.from({ length: 24 }, (_, i) => depth(i * 100));
  expect(await weightOf(within)).toMatchObject({
    total: 6000,
    peak: 6000,
    excesses: [],
    unused: 0,
  });
  const over = [...within, depth(3000), depth(4000)];
  expect((await weightOf(over)).excesses).toEqual([{ from: START + 3000, used: 6500 }]);
  // The same requests across the turn of the minute are within the limit.
  const across = [...within, depth(61_000), depth(62_000)];
  expect((await weightOf(across)).excesses).toEqual([]);
});

test('the unused part is that of the whole log', async () => {
  const records = Array.from({ length: 11 }, (_, i) => depth(i * 30_000));
  // 2750 of 30 000 in five minutes.
  expect((await weightOf(records)).unused).toBeCloseTo(1 - 2750 / 30_000, 6);
});

test('rolling windows and buckets count as their servers do', async () => {
  const ticker = (sent: number) => ({
    time: START + sent,
    url: 'https://www.okx.com/api/v5/market/ticker?instId=BTC-USDT',
  });
  const okx = await examine([
    ...Array.from({ length: 20 }, (_, i) => ticker(1000 + i)),
    ticker(2999),
    ticker(3500),
  ]);
  expect(okx.exchanges[0].rules[0].excesses).toEqual([{ from: START + 2999, used: 21 }]);
  const balance = (sent: number) => ({
    time: START + sent,
    method: 'POST',
    url: 'https://api.kraken.com/0/private/Balance',
  });
  // A counter up to 15 that falls by 0.33 a second.
  const kraken = await examine([
    ...Array.from({ length: 15 }, () => balance(0)),
    balance(1000),
    balance(60_000),
  ]);
  const [excess, ...more] = kraken.exchanges[0].rules[0].excesses;
  expect(more).toEqual([]);
  expect(excess.used).toBeCloseTo(15.67, 6);
});

test('refusals are listed with their endpoints', async () => {
  const { exchanges } = await examine([
    depth(0),
    depth(10, { status: 429 }),
    depth(20, { status: 418 }),
  ]);
  expect(exchanges[0].refusals).toEqual({
    count: { 418: 1, 429: 1 },
    first: [
      { at: START + 10, endpoint: 'GET /api/v3/depth', status: 429 },
      { at: START + 20, endpoint: 'GET /api/v3/depth', status: 418 },
    ],
  });
});

test('counts of the exchange beyond the log are of other clients', async () => {
  const headers = (used: number) => ({ headers: { 'X-MBX-USED-WEIGHT-1M': String(used) } });
  const own = await weightOf([depth(0, headers(250)), depth(1000, headers(500))]);
  expect([own.reported, own.others]).toEqual([500, undefined]);
  const shared = await weightOf([depth(0, headers(250)), depth(1000, headers(1700))]);
  expect([shared.reported, shared.others]).toEqual([1700, 1200]);
});

test('the jitter covers round trips, less half of the shortest', async () => {
  const records = Array.from({ length: 200 }, (_, i) =>
    depth(i * 5000, { duration: i === 7 ? 340 : 60 }),
  );
  const { exchanges } = await examine(records);
  expect(exchanges[0].jitter).toMatchObject({
    roundTrip: { p50: 60, p99: 60, max: 340 },
    longest: 310,
    advised: 310,
    proven: 0,
  });
});

test('a count that begins anew proves that a request arrived in the next window', async () => {
  const headers = (used: number) => ({ headers: { 'x-mbx-used-weight-1m': String(used) } });
  const { exchanges } = await examine(
    [
      depth(10_000, headers(250)),
      // Sent 180 ms before the turn of the minute and counted after it.
      depth(59_820, { ...headers(250), duration: 200 }),
      depth(59_825, { ...headers(500), duration: 200 }),
    ].map((one, i) => (i === 1 ? { ...one, headers: { 'x-mbx-used-weight-1m': '100' } } : one)),
  );
  expect(exchanges[0].jitter.proven).toBe(180);
});

test('a log without times of responses tells no jitter', async () => {
  const { duration: _, ...record } = depth(0);
  write('short.ndjson', JSON.stringify(record));
  expect((await run('plan', '--from', 'short.ndjson')).stdout).toContain(
    'The log has no times of responses ("duration" or "received"), which tell the jitter.',
  );
});

test('a HAR file is read, without the time of connecting', async () => {
  const entry = {
    startedDateTime: '2026-11-01T10:00:00.000Z',
    time: 150,
    timings: { blocked: 10, dns: -1, connect: 40, send: 1, wait: 90, receive: 9 },
    request: {
      method: 'GET',
      url: 'https://api.binance.com/api/v3/depth?symbol=BTCUSDT&limit=5000',
    },
    response: { status: 200, headers: [{ name: 'X-MBX-USED-WEIGHT-1M', value: '250' }] },
  };
  write('session.har', JSON.stringify({ log: { version: '1.2', entries: [entry] } }, null, 2));
  const { stdout } = await run('plan', '--from', 'session.har', '--json');
  const [findings] = JSON.parse(stdout).exchanges;
  expect(findings).toMatchObject({ exchange: 'binanceSpot', requests: 1, from: START + 50 });
  expect(findings.jitter.roundTrip.max).toBe(100);
  expect(findings.rules[0]).toMatchObject({ id: 'REQUEST_WEIGHT', reported: 250 });
});

test('times are read as ISO 8601 or Unix time in any unit', async () => {
  const { exchanges } = await examine([
    depth(0, { time: '2026-11-01T10:00:00.000Z' }),
    depth(0, { time: START / 1000 + 1 }),
    depth(0, { time: (START + 2000) * 1000 }),
  ]);
  expect([exchanges[0].from, exchanges[0].to]).toEqual([START, START + 2000]);
});

test('a log of paths needs the name of its exchange', async () => {
  const records = [{ ...depth(0), url: '/api/v3/depth?limit=5000' }];
  await expect(examine(records)).rejects.toThrow(
    'no URL of the log is of a known exchange (the first is /api/v3/depth?limit=5000); name it: --exchange binanceSpot',
  );
  const { exchanges } = await examine(records, '--exchange', 'binanceSpot');
  expect(exchanges[0].rules[0].total).toBe(250);
});

test('unknown endpoints are listed and not counted', async () => {
  const records = [depth(0), depth(1, { url: 'https://api.binance.com/api/v9/new/12345' })];
  const { exchanges } = await examine(records);
  expect(exchanges[0].unknown).toEqual([['GET /api/v9/new/{id}', 1]]);
});

test.each([
  [
    `${JSON.stringify(depth(0))}\n{ "time": "soon", "url": "/x" }\n\n{}`,
    'log.ndjson:2:11: time: expected an ISO 8601 time',
  ],
  [
    `${JSON.stringify(depth(0))}\n{ "time": 1793527200 }\n{}`,
    'log.ndjson:2:1: the field "url" is missing',
  ],
  [
    `${JSON.stringify(depth(0))}\n{ "time": 1793527200, "url": "/x", "status": "ok" }\n{}`,
    'log.ndjson:2:46: status: expected a status of HTTP, got "ok"',
  ],
  ['{ "exchange": "okx",\n "jobs": [] }', 'log.ndjson: this is one JSON value, and no log'],
  ['\n', 'log.ndjson: the log has no requests'],
  [
    '{ "log": { "entries": [{ "startedDateTime": 1793527200 }] } }',
    'log.ndjson:1:24: log.entries[0]: the field "request" is missing',
  ],
])('the log %j is rejected', async (text, message) => {
  await expect(examine(text)).rejects.toThrow(message);
});

test('a last line that is cut off is left out', async () => {
  const { isCut, exchanges } = await examine(`${JSON.stringify(depth(0))}\n{ "time": 17935`);
  expect([isCut, exchanges[0].requests]).toEqual([true, 1]);
});

test('--html shows URLs as text', async () => {
  write('html.ndjson', JSON.stringify(depth(0, { url: 'https://api.binance.com/<b>x' })));
  await run('plan', '--from', 'html.ndjson', '--html', 'log.html');
  expect(read('log.html')).not.toMatch(/<b>x|%3Cb%3Ex<b>/);
  expect(read('log.html')).toContain('GET /%3Cb%3Ex');
});
