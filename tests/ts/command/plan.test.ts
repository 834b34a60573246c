import { rollingWindow } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { follow, setUp } from '../support/helpers.ts';
import { books, commandFolder } from './rig.ts';

const { plan, run, write, read } = commandFolder();

interface Rule {
  readonly id: string;
  readonly used: number;
  readonly demand: number;
  readonly peak: number;
  readonly series?: number[];
}

const ruleOf = (report: { rules: Rule[] }, id: string) =>
  report.rules.find((rule) => rule.id === id) as Rule;

describe('a plan within the limits', () => {
  test('gets what it asks for, and nothing waits', async () => {
    const report = await plan({
      exchange: 'binanceSpot',
      duration: '10m',
      symbols: 20,
      jobs: [books('2s')],
    });
    const [job] = report.jobs;
    // 20 symbols every 2 s for 600 s, the first at 0 s.
    expect(job).toMatchObject({ requesters: 20, asked: 6000, wanted: 10, skipped: 0, refused: 0 });
    expect(job.wait).toEqual({ p50: 0, p99: 0, max: 0 });
    // 10 requests a second of weight 5 in a minute of 6000.
    expect(ruleOf(report, 'REQUEST_WEIGHT').demand).toBe(0.5);
    expect(ruleOf(report, 'REQUEST_WEIGHT').used).toBeCloseTo(0.5, 2);
    expect(ruleOf(report, 'REQUEST_WEIGHT').series).toHaveLength(240);
  });

  test('is the same in each run', async () => {
    const job = { exchange: 'binanceSpot', duration: '5m', symbols: 45, jobs: [books('2s')] };
    expect(await plan(job)).toEqual(await plan(job));
  });

  test('is simulated for a day if its requests are few, for an hour if they are many', async () => {
    const few = { exchange: 'binanceSpot', symbols: 1, jobs: [books('1m')] };
    expect((await plan(few)).duration).toBe(86_400_000);
    const many = { exchange: 'binanceSpot', symbols: 20, jobs: [books('2s')] };
    expect((await plan(many)).duration).toBe(3_600_000);
  });
});

describe('a plan beyond a limit', () => {
  test('names the job that gets less and the rule that holds it back', async () => {
    const report = await plan({
      exchange: 'binanceSpot',
      duration: '20m',
      symbols: 60,
      jobs: [books('2s')],
    });
    const [job] = report.jobs;
    expect(ruleOf(report, 'REQUEST_WEIGHT').demand).toBe(1.5);
    // The limit is used up, and never exceeded.
    expect(ruleOf(report, 'REQUEST_WEIGHT').used).toBeGreaterThan(0.98);
    expect(ruleOf(report, 'REQUEST_WEIGHT').peak).toBe(1);
    expect(job.got / job.wanted).toBeCloseTo(1 / 1.5, 1);
    expect(job).toMatchObject({
      refused: 0,
      heldBackBy: [{ rule: 'REQUEST_WEIGHT', fraction: 1 }],
    });
    expect(job.asked - job.done - job.skipped).toBeLessThanOrEqual(60);
  });

  test('waits for exactly the time until the next window', async () => {
    // Each request weighs 250 of 6000: 24 fit, and 6 wait for the next minute.
    const report = await plan({
      exchange: 'binanceSpot',
      duration: '1m30s',
      latency: 0,
      jobs: [{ path: '/api/v3/depth', params: { limit: 5000 }, every: '10m', burst: 30 }],
    }).catch((error: Error) => error.message);
    expect(report).toMatch(/duration: expected milliseconds, or a text such as/);
    const { jobs } = await plan({
      exchange: 'binanceSpot',
      duration: 90_000,
      latency: 0,
      exchanges: { binanceSpot: { jitter: 0 } },
      jobs: [{ path: '/api/v3/depth', params: { limit: 5000 }, every: '10m', burst: 30 }],
    });
    expect(jobs[0]).toMatchObject({ done: 30, wait: { p50: 0, p99: 60_000, max: 60_000 } });
  });

  test('serves critical jobs first', async () => {
    const order = { method: 'POST', path: '/api/v3/order', perSecond: 12, arrivals: 'even' };
    const report = await plan({
      exchange: 'binanceSpot',
      duration: '10m',
      throttler: { overflow: 'drop-lowest' },
      jobs: [
        { name: 'urgent', ...order, perSecond: 6, priority: 'critical' },
        { name: 'others', ...order, priority: 'low' },
      ],
    });
    // 10 orders a second are possible. The last ones wait at the end.
    expect(report.jobs[0].got).toBeGreaterThan(5.8);
    expect(report.jobs[1].got).toBeLessThan(4.2);
    expect(report.jobs[1].heldBackBy[0].rule).toBe('ORDERS');
  });

  test('serves a job of a higher rank first, as the throttler does', async () => {
    const PRIORITIES = [
      { class: 'low', rank: 1000 },
      'normal',
      { rank: -3 },
      { class: 'normal', rank: 7 },
      { class: 'critical', rank: -1000 },
      { class: 'low' },
    ] as const;
    const rule = { id: 'REQUESTS', limit: 1, interval: 1000, jitter: 50 };
    const cost = { REQUESTS: 1 };
    const report = await plan({
      rules: [{ ...rule, algorithm: 'rolling-window' }],
      duration: '1m',
      jobs: PRIORITIES.map((priority, n) => {
        return { name: `${n}`, path: '/a', cost, every: '1m', count: 3, priority };
      }),
    });
    const { clock, throttler } = setUp([rollingWindow(rule)]);
    const outcomes = PRIORITIES.map((priority) =>
      [1, 2, 3].map(() => follow(clock, throttler.throttle(cost, { priority }))),
    );
    await clock.advance(60_000);
    const longest = outcomes.map((own) =>
      Math.round(Math.max(...own.map(({ at }) => at ?? Number.NaN))),
    );
    expect(report.jobs.map(({ wait }: { wait: { max: number } }) => wait.max)).toEqual(longest);
    // Of three requests of each job; the very first request found the window empty.
    const order = [4, 3, 1, 2, 0, 5];
    expect(order.map((job) => longest[job])).toEqual(
      [3, 6, 9, 12, 14, 17].map((place) => place * 1050),
    );
    expect(report.jobs[3]).toMatchObject({ priority: 'normal', rank: 7 });
    expect(report.jobs[1]).toMatchObject({ priority: 'normal', rank: 0 });
  });

  test('tells of a request that can never be granted', async () => {
    const report = await plan({
      exchange: 'binanceSpot',
      duration: '1m',
      jobs: [{ path: '/own', cost: { ORDERS: 101 }, every: '1s' }],
    });
    expect(report.jobs[0].impossible).toMatch(/101 of rule ORDERS exceeds its capacity \(100\)/);
  });

  test('counts requests that overflow the queue', async () => {
    const report = await plan({
      exchange: 'binanceSpot',
      duration: '1m',
      throttler: { maxCapacity: 3 },
      jobs: [{ method: 'POST', path: '/api/v3/order', every: '20s', burst: 110 }],
    });
    // Of the first 110 orders 100 are granted, 3 wait and 7 are rejected.
    expect(report.jobs[0].rejected).toBeGreaterThanOrEqual(7);
  });
});

describe('the simulated exchange', () => {
  const order = { name: 'orders', perSecond: 60, arrivals: 'even' };
  test.each([
    ['binanceSpot', { ...order, method: 'POST', path: '/api/v3/order' }],
    ['kraken', { ...order, method: 'POST', path: '/0/private/Balance' }],
    ['okx', { ...order, path: '/api/v5/market/ticker', params: { instId: 'BTC-USDT' } }],
    ['kucoin', { ...order, path: '/api/v1/market/allTickers', perSecond: 20 }],
    ['bybit', { ...order, path: '/v5/order/realtime', params: { category: 'linear' } }],
    ['coinbaseExchange', { ...order, path: '/products/BTC-USD/book' }],
  ])('of %s refuses nothing that the throttler grants', async (exchange, job) => {
    const report = await plan({ exchange, duration: '3m', jobs: [job] });
    expect(report.jobs[0].heldBackBy.length).toBeGreaterThan(0);
    expect(report.jobs[0]).toMatchObject({ refused: 0 });
    expect(Math.max(...report.rules.map(({ used }: Rule) => used))).toBeGreaterThan(0.9);
  });

  test('refuses what arrives later than the jitter allows for, and the remedy is named', async () => {
    const job = {
      exchange: 'binanceSpot',
      duration: '10m',
      latency: [0, 900],
      jobs: [{ name: 'orders', method: 'POST', path: '/api/v3/order', perSecond: 9.9 }],
    };
    const report = await plan(job);
    expect(report.jobs[0].refused).toBeGreaterThan(0);
    write('late.json', job);
    expect((await run('plan', 'late.json')).stdout).toMatch(
      /refuses \d+ requests under ORDERS.*set "jitter" of the exchange to 900/,
    );
    const wider = await plan({ ...job, exchanges: { binanceSpot: { jitter: 900 } } });
    expect(wider.jobs[0].refused).toBe(0);
  });
});

describe('--grow', () => {
  test('finds the largest number of symbols', async () => {
    const job = { exchange: 'binanceSpot', duration: '10m', symbols: 3, jobs: [books('2s')] };
    // 6000 a minute, of which each symbol takes 150.
    const { growth } = await plan(job, '--grow', 'symbols', '--p99', '1s');
    expect(growth).toMatchObject({ path: 'symbols', now: 3, largest: 40, p99: 1000 });
    expect(growth.limitedBy).toBe('the jobs ask for 103 % of REQUEST_WEIGHT');
  });

  test('keeps the bound of the wait', async () => {
    const job = {
      exchange: 'binanceSpot',
      duration: '10m',
      exchanges: { binanceSpot: { limits: { ORDERS_1D: 2_000_000 } } },
      jobs: [{ name: 'orders', method: 'POST', path: '/api/v3/order', every: '10s' }],
    };
    // 100 orders fit into each window of 10 s. Those at its very beginning wait for the jitter.
    const { growth } = await plan(job, '--grow', 'jobs.orders.burst', '--p99', '250ms');
    expect(growth.largest).toBe(100);
  });

  test('keeps to limits whose windows are longer than the simulated time', async () => {
    const job = {
      exchange: 'binanceSpot',
      duration: '10m',
      jobs: [{ name: 'orders', method: 'POST', path: '/api/v3/order', every: '10s' }],
    };
    // 200 000 orders a day are 23 in 10 s.
    const { growth } = await plan(job, '--grow', 'jobs.orders.burst', '--p99', '0');
    expect(growth).toMatchObject({
      largest: 23,
      limitedBy: 'the jobs ask for 104 % of ORDERS_1D',
    });
  });

  test('finds a rate by the index of a job', async () => {
    const job = {
      exchange: 'bybit',
      duration: '2m',
      jobs: [
        {
          method: 'POST',
          path: '/v5/order/create',
          params: { category: 'linear' },
          perSecond: 1,
          arrivals: 'even',
        },
      ],
    };
    const { growth } = await plan(job, '--grow', 'jobs[0].perSecond');
    expect(growth.path).toBe('jobs.POST /v5/order/create.perSecond');
    expect(growth.largest).toBeGreaterThan(9);
    expect(growth.largest).toBeLessThanOrEqual(10);
  });

  test('says so if not even one holds', async () => {
    const job = { exchange: 'binanceSpot', symbols: 1, jobs: [books('1s', { count: 30 })] };
    write('none.json', job);
    const { stdout } = await run('plan', 'none.json', '--grow', 'symbols');
    expect(stdout).toMatch(
      /symbols: not even one keeps to a p99 wait of at most 1 s: the jobs ask/,
    );
  });
});

test('--tiers finds the tier with the lowest limits that holds', async () => {
  const report = await plan(
    {
      exchange: 'bybit',
      duration: '2m',
      jobs: [
        {
          name: 'orders',
          method: 'POST',
          path: '/v5/order/create',
          params: { category: 'linear' },
          perSecond: 15,
          arrivals: 'even',
        },
      ],
    },
    '--tiers',
  );
  const [{ exchange, needed, tiers }] = report.tierComparison;
  expect([exchange, needed]).toEqual(['bybit', 'vip1']);
  expect(tiers[0]).toEqual({
    tier: 'default',
    failure: 'the jobs ask for 150 % of linear:POST /v5/order/create',
  });
  expect(tiers.length).toBeGreaterThan(10);
});

test('--p99 sets the exit code', async () => {
  const job = { exchange: 'binanceSpot', duration: '10m', symbols: 60, jobs: [books('2s')] };
  expect((await plan(job, '--p99', '1s')).code).toBe(1);
  expect((await plan({ ...job, symbols: 20 }, '--p99', '1s')).code).toBe(0);
});

test('--html writes a page of its own that shows markup in names as text', async () => {
  write('page.json', {
    exchange: 'binanceSpot',
    duration: '1m',
    symbols: 1,
    jobs: [books('1s', { name: '</script><img src=x onerror=alert(1)>' })],
  });
  const { code, stdout } = await run('plan', 'page.json', '--html', 'out.html');
  expect([code, stdout.includes('The page is in out.html.')]).toEqual([0, true]);
  const html = read('out.html');
  expect(html).toContain('&#60;/script&#62;&#60;img src=x onerror=alert(1)&#62;');
  expect(html).not.toContain('<img');
  expect(html).not.toMatch(/(?:src|href)="?http/);
});

test('an hour of a bot with ten requests a second has 36 000 requests', async () => {
  const report = await plan({ exchange: 'binanceSpot', symbols: 20, jobs: [books('2s')] });
  expect([report.duration, report.jobs[0].asked]).toEqual([3_600_000, 36_000]);
});

test('a server without a profile has its rules in the job file', async () => {
  const file = {
    rules: [
      { id: 'REQUESTS', algorithm: 'rolling-window', limit: 10, interval: '1s', jitter: 50 },
      { id: 'SOCKETS', algorithm: 'concurrency', limit: 3 },
    ],
    symbols: 12,
    duration: '10m',
    jobs: [{ path: '/price/{symbol}', cost: { REQUESTS: 1, SOCKETS: 1 }, every: '1s' }],
  };
  const report = await plan(file);
  // Twelve symbols each second under a limit of ten.
  expect(ruleOf(report, 'REQUESTS')).toMatchObject({ demand: 1.2, limit: 10, interval: 1000 });
  expect(ruleOf(report, 'REQUESTS').used).toBeGreaterThan(0.9);
  expect(ruleOf(report, 'SOCKETS').peak).toBeLessThanOrEqual(1);
  expect(report.jobs[0]).toMatchObject({ exchange: 'rules', refused: 0 });
  expect(report.jobs[0].heldBackBy[0].rule).toBe('REQUESTS');
  const { growth } = await plan(file, '--grow', 'symbols', '--p99', '500ms');
  expect(growth.largest).toBeGreaterThanOrEqual(8);
  expect(growth.largest).toBeLessThanOrEqual(10);
});
