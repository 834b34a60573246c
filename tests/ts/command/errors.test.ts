import { expect, test } from 'vitest';
import { commandFolder } from './rig.ts';

const { run, write } = commandFolder();

/** Returns what the command prints for a job file. */
async function errorOf(text: string): Promise<string> {
  write('job.json', text);
  const { code, stderr } = await run('plan', 'job.json');
  expect([code, stderr.trim().split('\n').length]).toEqual([2, 1]);
  return stderr.trim();
}

const job = (fields: string) =>
  `{ "exchange": "binanceSpot",\n  "jobs": [\n    { "path": "/api/v3/depth", ${fields} }\n  ] }`;

const A = '{ "id": "A", "algorithm": "concurrency", "limit": 1 }';

test.each([
  ['', 'job.json:1:1: the file is empty'],
  ['{', 'job.json:1:2: expected a field name in double quotes, or }'],
  ['{ "jobs": [1, ] }', 'job.json:1:15: remove the comma before ], which JSON does not allow'],
  ['{ "jobs": nope }', 'job.json:1:11: nope is no JSON; texts need double quotes'],
  ['{ // a\n}', 'job.json:1:3: JSON has no comments; remove this one'],
  ['{ "jobs": [], "jobs": [] }', 'job.json:1:15: the field "jobs" is there twice'],
  ['[]', 'job.json:1:1: expected an object (a job file), got []'],
  ['{}', 'job.json:1:1: the field "jobs" is missing: a list of the requests that the bot makes'],
  [
    '{ "exchange": "binanceSpt" }',
    'exchange: there is no exchange "binanceSpt"; did you mean binanceSpot?',
  ],
  ['{ "jobs": [] }', 'jobs: the list is empty'],
  ['{ "jobs": [{ "path": "/x", "every": 1 }] }', 'jobs[0]: no exchange: name one'],
  [
    job('"evry": "1s"'),
    'job.json:3:32: jobs[0]: unknown field "evry" of a job; did you mean every?',
  ],
  [
    job('"every": "1 sec"'),
    'job.json:3:41: jobs[0].every: expected milliseconds, or a text such as "500ms", "2s", "1m" or "24h", got "1 sec"',
  ],
  [job('"every": 0'), 'jobs[0].every: expected milliseconds'],
  [job('"every": "1s", "perSecond": 1'), 'jobs[0].perSecond: "every" is there too'],
  [
    job('"method": "POST"'),
    'jobs[0].path: binanceSpot has no endpoint POST /api/v3/depth; it has GET /api/v3/depth',
  ],
  [job('"count": 2'), 'jobs[0]: no rate: give "every", such as "1s", or "perSecond", such as 2'],
  [
    job('"every": "1s", "count": 0'),
    'jobs[0].count: expected a whole number from 1 to 100000, got 0',
  ],
  [
    job('"every": "1s", "priority": "high"'),
    'jobs[0].priority: there is no class "high"; there are critical, normal, low',
  ],
  [
    job('"every": "1s", "priority": { "class": "urgent" }'),
    'jobs[0].priority.class: there is no class "urgent"; there are critical, normal, low',
  ],
  [
    job('"every": "1s", "priority": { "rank": 1.5 }'),
    'jobs[0].priority.rank: expected a whole number from -1000 to 1000, got 1.5',
  ],
  [
    job('"every": "1s", "priority": { "rank": -1001 }'),
    'jobs[0].priority.rank: expected a whole number from -1000 to 1000, got -1001',
  ],
  [
    job('"every": "1s", "priority": { "level": 1 }'),
    'jobs[0].priority: unknown field "level" of a priority; known fields: class, rank',
  ],
  [
    job('"every": "1s", "symbols": 3'),
    'jobs[0].symbols: has no effect: neither the path nor the params have {symbol}',
  ],
  [
    job('"every": "1s", "params": { "symbol": "{symbol}" }'),
    'jobs[0]: it has {symbol}, but neither the job nor the file has "symbols"',
  ],
  [job('"every": "1s", "params": 3'), 'jobs[0].params: expected an object of parameters, got 3'],
  [job('"every": "1s", "spread": 1'), 'jobs[0].spread: expected true or false, got 1'],
  [job('"perSecond": 1, "spread": true'), 'jobs[0].spread: has no effect without "every"'],
  [
    job('"every": "1s", "cost": { "WEIGHT": 1 }'),
    'jobs[0].cost.WEIGHT: binanceSpot has no rule "WEIGHT"',
  ],
  [
    job('"every": "1s" }, { "path": "/api/v3/depth", "every": "2s"'),
    'jobs[1]: another job is called "GET /api/v3/depth"; give this one a "name"',
  ],
  [
    '{ "exchange": "bybit", "exchanges": { "bybit": { "tier": "vip99" } }, "jobs": [{ "path": "/v5/order/realtime", "every": 9 }] }',
    'exchanges.bybit: tier must be one of default, vip1,',
  ],
  [
    '{ "exchange": "bybit", "exchanges": { "okx": {} }, "jobs": [{ "path": "/v5/order/realtime", "every": 9 }] }',
    'exchanges.okx: no job uses this exchange',
  ],
  [
    '{ "exchange": "bybit", "throttler": { "share": 3 }, "jobs": [{ "path": "/v5/order/realtime", "every": 9 }] }',
    'throttler: share must be a number above 0 and at most 1, got 3',
  ],
  [
    '{ "exchange": "bybit", "latency": [9, 3], "jobs": [{ "path": "/v5/order/realtime", "every": 9 }] }',
    'latency: expected milliseconds of one way, or [shortest, longest], got [9,3]',
  ],
  [
    '{ "exchange": "bybit", "symbols": 2, "jobs": [{ "path": "/v5/order/realtime", "every": 9 }] }',
    'symbols: no job uses them: write {symbol}',
  ],
  [
    '{ "exchange": "bybit", "duration": "30d", "jobs": [{ "path": "/v5/order/realtime", "perSecond": 100 }] }',
    'the jobs make 259,200,000 requests in the simulated time, more than 5,000,000: shorten "duration", or lower the rates',
  ],
  [
    '{ "rules": [\n  { "id": "A", "algorithm": "rolling-window", "limit": 0, "interval": "1s" }] }',
    'job.json:2:3: rules[0]: ',
  ],
  [
    '{ "rules": [{ "id": "A", "algorithm": "spacing", "interval": "soon" }] }',
    'rules[0].interval: expected milliseconds, or a text such as',
  ],
  ['{ "rules": [3] }', 'rules[0]: expected a rule such as { "id": "REQUESTS"'],
  ['{ "rules": [] }', 'rules: the list is empty: a rule is { "id": "REQUESTS"'],
  ['{ "exchange": "okx", "rules": [] }', 'rules: "exchange" is there too'],
  [`{ "rules": [${A}, ${A}] }`, 'rules[1]: another rule has the id "A"'],
  [
    `{ "rules": [${A}], "jobs": [{ "path": "/x", "every": 1 }] }`,
    'jobs[0].path: under "rules" of the file, a job needs its costs in "cost"',
  ],
  [
    `{ "rules": [${A}], "jobs": [{ "path": "/x", "every": 1, "cost": { "B": 1 } }] }`,
    'jobs[0].cost.B: rules has no rule "B"',
  ],
  [
    `{ "rules": [${A}], "jobs": [{ "exchange": "okx", "path": "/x", "every": 9, "cost": {} }] }`,
    'rules: no job uses them',
  ],
])('the job file %j is rejected with place, field and remedy', async (text, message) => {
  expect(await errorOf(text)).toContain(`multi-throttler: `);
  expect(await errorOf(text)).toContain(message);
});

test.each([
  [['pln', 'x'], 'there is no command "pln"; did you mean plan?'],
  [['plan'], 'plan needs a job file: npx multi-throttler plan job.json'],
  [['plan', 'a', 'b'], 'plan takes one job file, got 2: a, b'],
  [['plan', 'none.json'], 'none.json: cannot be read: there is no such file'],
  [['plan', '.'], '.: cannot be read: it is a folder'],
  [['plan', 'a', '--gro', 'x'], 'there is no option --gro; did you mean --grow?'],
  [['plan', 'a', '--grow'], "Option '--grow <value>' argument missing"],
  [
    ['plan', 'a', '--p99', 'soon'],
    '--p99: expected milliseconds, or a text such as 1s, got "soon"',
  ],
  [['plan', 'a', '--exchange', 'okx'], '--exchange is for --from'],
  [['plan', 'a', '--from', 'b'], '--from reads a log in place of a job file (a)'],
  [['plan', '--from', 'b', '--tiers'], '--tiers has no effect with --from'],
  [
    ['plan', '--from', 'b', '--exchange', 'binance'],
    '--exchange: there is no exchange "binance"; did you mean',
  ],
])('the arguments %j are rejected', async (args, message) => {
  const { code, stderr, stdout } = await run(...args);
  expect([code, stdout]).toEqual([2, '']);
  expect(stderr).toContain(message);
});

test('--grow names the numbers that can grow', async () => {
  write('job.json', job('"every": "1s", "name": "books"'));
  const { stderr } = await run('plan', 'job.json', '--grow', 'jobs.books.every');
  expect(stderr).toContain('did you mean jobs.books.count, jobs.books.burst?');
});

test('--help and --version print to the output', async () => {
  expect((await run('--help')).stdout).toMatch(/^Usage: multi-throttler plan/);
  expect((await run('plan', '-h')).stdout).toMatch(/--grow <path>/);
  expect((await run('-v')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
