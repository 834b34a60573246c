// Limits, pauses, usage and rules of several processes: throttlers with clients of their own.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { concurrency, fixedWindow, rollingWindow, spacing, tokenBucket } from 'multi-throttler';
import { sharedThrottler } from 'multi-throttler/redis';
import { startRedis } from './support/server.mjs';

const server = await startRedis();
after(() => server.stop());
const quick = { lease: 100, timeout: 100 };
let keys = 0;

/**
 * Throttlers of one key, closed after the work.
 * @param {object[]} options of each
 * @param {(throttlers: import('multi-throttler/redis').SharedThrottler[]) => Promise<void>} work
 */
async function withThrottlers(options, work) {
  const key = `key${keys++}`;
  const throttlers = [];
  for (const each of options) {
    const client = await server.connect();
    throttlers.push(sharedThrottler(/** @type {any} */ ({ client, key, ...quick, ...each })));
  }
  try {
    await work(throttlers);
  } finally {
    for (const throttler of throttlers) throttler.close();
  }
}

/**
 * A client whose answers of the ledger arrive after some work.
 * @param {(answer: string) => void | Promise<void>} before what is done with an answer at first
 */
async function answering(before) {
  const direct = /** @type {any} */ (await server.connect());
  return new Proxy(direct, {
    get(target, name) {
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (!/^eval/i.test(String(name))) return value.bind(target);
      return async (/** @type {unknown[]} */ ...args) => {
        const answer = await value.apply(target, args);
        await before(answer);
        return answer;
      };
    },
  });
}

const hour = 3_600_000;
const rolling = [rollingWindow({ id: 'A', limit: 10, interval: hour })];

test('a limit is that of both together, and what waits stays', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    await one?.ready;
    await Promise.all([one?.throttle({ A: 4 }), other?.throttle({ A: 5 })]);
    await one?.throttle({ A: 1 });
    const waiting = other?.throttle({ A: 1 }, { maxWait: 300 });
    await assert.rejects(/** @type {Promise<void>} */ (waiting), { code: 'WAIT_TIMEOUT' });
    assert.equal(other?.getStatus().A?.tokens, 0);
    assert.ok((other?.estimateWait({ A: 1 }) ?? 0) >= 0);
  });
});

test('members of a family have a limit each', async () => {
  const rules = [rollingWindow({ id: 'order:*', limit: 2, interval: hour })];
  await withThrottlers([{ rules }, { rules }], async ([one, other]) => {
    await one?.throttle({ 'order:a': 2 });
    await other?.throttle({ 'order:b': 2 });
    assert.equal(other?.tryThrottle({ 'order:a': 1 }), false);
    await assert.rejects(
      /** @type {Promise<void>} */ (other?.throttle({ 'order:a': 1 }, { maxWait: 200 })),
      { code: 'WAIT_TIMEOUT' },
    );
  });
});

test('permits of both together are limited, and released ones go to the other', async () => {
  const rules = [concurrency({ id: 'C', limit: 3 })];
  await withThrottlers([{ rules }, { rules }], async (throttlers) => {
    let held = 0;
    let most = 0;
    let done = 0;
    await Promise.all(
      Array.from({ length: 24 }, async (_, i) => {
        await throttlers[i % 2]?.run({ C: 1 }, async () => {
          most = Math.max(most, ++held);
          await sleep(15);
          held--;
          done++;
        });
      }),
    );
    assert.deepEqual({ most, done }, { most: 3, done: 24 });
  });
});

test('a task that outlives its claim leaves the other permits to later ones', async () => {
  const rules = [concurrency({ id: 'C', limit: 2 })];
  await withThrottlers([{ rules }], async ([one]) => {
    const long = await one?.acquire({ C: 1 });
    // Claims live for 100 ms.
    await sleep(400);
    for (let i = 0; i < 3; i++) {
      const short = await one?.acquire({ C: 1 }, { maxWait: 1000 });
      const third = /** @type {Promise<unknown>} */ (one?.acquire({ C: 1 }, { maxWait: 50 }));
      await assert.rejects(third, { code: 'WAIT_TIMEOUT' });
      short?.release();
    }
    long?.release();
  });
});

test('permits in use count on when the data is lost', async () => {
  const rules = [concurrency({ id: 'C', limit: 2 })];
  await withThrottlers([{ rules }, { rules }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    const permits = [await one?.acquire({ C: 1 }), await one?.acquire({ C: 1 })];
    const control = await server.connect();
    for (let loss = 0; loss < 2; loss++) {
      await sleep(400);
      await control.flushall();
      // The recovery takes 500 ms.
      const third = /** @type {Promise<unknown>} */ (other?.acquire({ C: 1 }, { maxWait: 1500 }));
      await assert.rejects(third, { code: 'WAIT_TIMEOUT' });
    }
    permits[0]?.release();
    const third = await other?.acquire({ C: 1 }, { maxWait: 2000 });
    const fourth = /** @type {Promise<unknown>} */ (one?.acquire({ C: 1 }, { maxWait: 300 }));
    await assert.rejects(fourth, { code: 'WAIT_TIMEOUT' });
    third?.release();
    permits[1]?.release();
    const both = await one?.acquire({ C: 2 }, { maxWait: 2000 });
    both?.release();
  });
});

test('a first-request window is shared', async () => {
  const rules = [fixedWindow({ id: 'F', limit: 6, interval: 600, anchor: 'first-request' })];
  await withThrottlers([{ rules }, { rules }], async (throttlers) => {
    await throttlers[0]?.ready;
    /** @type {number[]} */
    const at = [];
    await Promise.all(
      Array.from({ length: 18 }, async (_, i) => {
        await throttlers[i % 2]?.throttle({ F: 1 });
        at.push(performance.now());
      }),
    );
    at.sort((a, b) => a - b);
    assert.ok((at[6] ?? 0) - (at[0] ?? 0) > 590, 'the seventh waits for the next window');
    assert.ok((at[12] ?? 0) - (at[6] ?? 0) > 590);
  });
});

test('a bucket refills for both together', async () => {
  const rules = [tokenBucket({ id: 'B', capacity: 10, refillRate: 0.02 })];
  await withThrottlers([{ rules }, { rules }], async (throttlers) => {
    await throttlers[0]?.ready;
    await throttlers[0]?.throttle({ B: 10 });
    const started = performance.now();
    await Promise.all(throttlers.map((each) => each.throttle({ B: 5 })));
    assert.ok(performance.now() - started > 480);
  });
});

test('a critical request goes before those of another process, into the reserve', async () => {
  const rules = [rollingWindow({ id: 'A', limit: 10, interval: hour })];
  const modes = { normal: { reserve: 0.2 } };
  await withThrottlers(
    [
      { rules, modes },
      { rules, modes },
    ],
    async ([one, other]) => {
      await one?.throttle({ A: 8 });
      const normal = assert.rejects(
        /** @type {Promise<void>} */ (one?.throttle({ A: 1 }, { maxWait: 400 })),
        { code: 'WAIT_TIMEOUT' },
      );
      await other?.throttle({ A: 1 }, { priority: 'critical' });
      await normal;
    },
  );
});

test('a higher rank goes before requests of another process that came first', async () => {
  const rules = [tokenBucket({ id: 'B', capacity: 10, refillRate: 0.02 })];
  await withThrottlers([{ rules }, { rules }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await one?.throttle({ B: 10 });
    /** @type {string[]} */
    const order = [];
    /**
     * @param {typeof one} throttler
     * @param {string} name
     * @param {import('multi-throttler').RequestPriority} priority
     */
    const ask = async (throttler, name, priority) => {
      await throttler?.throttle({ B: 5 }, { priority, id: name });
      order.push(name);
    };
    const early = [ask(one, 'lowest', { rank: -1 }), ask(one, 'default', 'normal')];
    await sleep(20);
    const late = [
      ask(other, 'low', 'low'),
      ask(other, 'moved', { rank: -1000 }),
      ask(other, 'higher', { rank: 1 }),
      ask(one, 'highest', { class: 'normal', rank: 1000 }),
      ask(other, 'critical', { class: 'critical', rank: -1000 }),
    ];
    assert.equal(other?.setPriority('moved', { rank: 2 }), true);
    await Promise.all([...early, ...late]);
    const expected = ['critical', 'highest', 'moved', 'higher', 'default', 'lowest', 'low'];
    assert.deepEqual(order, expected);
  });
});

test('a refusal pauses all, and `resume` ends that for all', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await Promise.all([one?.throttle({ A: 1 }), other?.throttle({ A: 1 })]);
    const heard = new Promise((resolve) => other?.on('pause', resolve));
    one?.report({ status: 429, headers: { 'retry-after': '60' } });
    const { until } = /** @type {{ until: number }} */ (await heard);
    assert.ok(Math.abs(until - Date.now() - 60_000) < 1500);
    const waiting = other?.throttle({ A: 1 });
    const resumed = new Promise((resolve) => other?.on('resume', resolve));
    await one?.resume();
    await resumed;
    await waiting;
  });
});

test('a pause does not grow by going round', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await one?.pause({ ms: 700 });
    const started = performance.now();
    await Promise.all([one?.throttle({ A: 1 }), other?.throttle({ A: 1 })]);
    const took = performance.now() - started;
    assert.ok(took > 600 && took < 1600, `${took} ms`);
  });
});

test('usage that the exchange reports counts for all', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await one?.throttle({ A: 2 });
    // Spare units are returned; until then they count as used by others.
    await sleep(300);
    one?.syncUsage({ A: 9 });
    await one?.throttle({ A: 1 });
    await assert.rejects(
      /** @type {Promise<void>} */ (other?.throttle({ A: 1 }, { maxWait: 300 })),
      { code: 'WAIT_TIMEOUT' },
    );
  });
});

test('other rules of the same version are refused', async () => {
  const others = [rollingWindow({ id: 'A', limit: 11, interval: hour })];
  await withThrottlers([{ rules: rolling }, { rules: others }], async ([one, other]) => {
    const results = await Promise.allSettled([
      one?.ready,
      other?.ready,
      one?.throttle({ A: 1 }, { maxWait: 2000 }),
      other?.throttle({ A: 1 }, { maxWait: 2000 }),
    ]);
    const codes = results.map((each) => each.status === 'rejected' && each.reason.code);
    // The rules of the one that came first are in force.
    const own = codes[0] === false ? [false, 'RULES_DIFFER'] : ['RULES_DIFFER', false];
    assert.deepEqual(codes, [...own, ...own]);
    const error = results.find((each) => each.status === 'rejected')?.reason;
    const limits = codes[0] === false ? [11, 10] : [10, 11];
    const text = `the limit of rule "A" is ${limits[1]} there and ${limits[0]} here`;
    assert.ok(error.message.includes(text), error.message);
  });
});

/** @type {[string, object, RegExp][]} */
const DIFFERENT = [
  [
    'an interval',
    { rules: [rollingWindow({ id: 'A', limit: 10, interval: 1000 })] },
    /interval of rule "A" is 3600000 there and 1000 here/,
  ],
  [
    'a jitter',
    { rules: [rollingWindow({ id: 'A', limit: 10, interval: hour, jitter: 5 })] },
    /jitter of rule "A" is 0 there and 5 here/,
  ],
  [
    'an algorithm',
    { rules: [fixedWindow({ id: 'A', limit: 10, interval: hour })] },
    /algorithm of rule "A" is rolling-window there and fixed-window here/,
  ],
  [
    'a further rule',
    { rules: [...rolling, concurrency({ id: 'C', limit: 1 })] },
    /rule "C" is missing there/,
  ],
  ['no rule', { rules: [] }, /rule "A" is missing here/],
  ['a lease', { rules: rolling, lease: 200 }, /setting lease is 100 there and 200 here/],
  [
    'a reserve',
    { rules: rolling, whenUnreachable: { reserve: 0.5, share: 0.1 } },
    /setting whenUnreachable is 'wait' there and { reserve: 0.5, share: 0.1 } here/,
  ],
  ['a timeout', { rules: rolling, timeout: 200 }, /setting timeout is 100 there and 200 here/],
];

test('the error for other rules names the rule and the field', async () => {
  await withThrottlers([{ rules: rolling }], async ([one]) => {
    await one?.ready;
    const key = `key${keys - 1}`;
    for (const [name, options, message] of DIFFERENT) {
      const client = await server.connect();
      const all = { client, key, ...quick, ...options };
      const other = sharedThrottler(/** @type {any} */ (all));
      await assert.rejects(other.ready, { code: 'RULES_DIFFER', message }, name);
      other.close();
    }
  });
});

test('the status tells what is held here and by others, and how old that is', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    assert.equal(one?.getStatus().A?.age, Number.POSITIVE_INFINITY);
    assert.ok(Object.is(one?.getStatus().A?.held, 0));
    await one?.throttle({ A: 4 });
    const { tokens, held, others, age } = one?.getStatus().A ?? {};
    assert.ok(held !== undefined && tokens !== undefined && tokens <= 6);
    assert.equal(others, 0);
    assert.ok(age !== undefined && age >= 0 && age < 1000);
    // The claim of the first is open until it is settled.
    await other?.throttle({ A: 1 });
    assert.ok((other?.getStatus().A?.others ?? 0) >= 4);
    await sleep(50);
    assert.ok((other?.getStatus().A?.age ?? 0) >= 45);
  });
});

test('the used fraction of all crosses levels once on the way up', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    /** @type {number[]} */
    const levels = [];
    other?.on('threshold', ({ rule, level }) => levels.push(rule === 'A' ? level : 0));
    await one?.throttle({ A: 6 });
    assert.equal(levels.length, 0);
    await other?.throttle({ A: 2 });
    // Units count as used while a process holds them.
    await sleep(20);
    assert.equal(levels[0], 0.75);
    assert.equal(levels.indexOf(1), -1);
    await other?.throttle({ A: 1 });
    await other?.throttle({ A: 1 });
    await sleep(50);
    assert.deepEqual(levels, [0.75, 0.9, 1]);
    assert.equal(other?.getStats().peakUtilization.A, 1);
  });
});

test('refusals in a row are counted for all, and a success ends the row for all', async () => {
  const config = { rules: rolling, adaptive: true };
  await withThrottlers([config, config, config], async ([one, other, late]) => {
    await Promise.all([one?.ready, other?.ready, late?.ready]);
    const rows = () => [one, other, late].map((each) => each?.getStats().consecutive429);
    const reaches = async (/** @type {number} */ count) => {
      for (let i = 0; i < 100 && rows().some((row) => row !== count); i++) await sleep(10);
      assert.deepEqual(rows(), [count, count, count]);
    };
    const refused = { status: 429, headers: { 'retry-after': '0.05' } };
    one?.report(refused);
    await reaches(1);
    other?.report(refused);
    await reaches(2);
    // Both met it before they heard of the other's.
    one?.report(refused);
    late?.report(refused);
    await reaches(3);
    // The slow-down is that of all: of 10 to 5, 2 and 1.
    await late?.resume();
    await late?.throttle({ A: 1 });
    await assert.rejects(
      /** @type {Promise<void>} */ (late?.throttle({ A: 1 }, { maxWait: 200 })),
      { code: 'WAIT_TIMEOUT' },
    );
    other?.report({ status: 200 });
    await reaches(0);
  });
});

test('requests of two processes are spaced', async () => {
  const rules = [spacing({ id: 'S', interval: 100 }), ...rolling];
  await withThrottlers([{ rules }, { rules }], async (throttlers) => {
    await throttlers[0]?.ready;
    /** @type {number[]} */
    const at = [];
    await Promise.all(
      Array.from({ length: 6 }, async (_, i) => {
        await throttlers[i % 2]?.throttle({ S: i === 0 ? 2 : 1, A: 1 });
        at.push(performance.now());
      }),
    );
    const gaps = at.slice(1).map((each, i) => each - (at[i] ?? 0));
    assert.ok(Math.min(...gaps) > 95, `${gaps}`);
    // The request of cost 2 has twice the gap behind it.
    assert.ok(gaps.some((gap) => gap > 195));
    assert.ok((at[5] ?? 0) - (at[0] ?? 0) < 1500);
    assert.deepEqual(throttlers[1]?.getStatus().S?.capacity, 1);
  });
});

test('rules of a later version replace those of all, and what was used counts', async () => {
  const later = [
    rollingWindow({ id: 'A', limit: 4, interval: hour }),
    rollingWindow({ id: 'N', limit: 1, interval: hour }),
  ];
  await withThrottlers([{ rules: rolling }, { rules: later, version: 1 }], async ([one, other]) => {
    const adopted = new Promise((resolve) => one?.on('rules', resolve));
    await one?.throttle({ A: 3 });
    await other?.ready;
    await adopted;
    assert.deepEqual(Object.keys(one?.getStatus() ?? {}).sort(), ['A', 'N']);
    await one?.throttle({ N: 1 });
    await other?.throttle({ A: 1 });
    await assert.rejects(/** @type {Promise<void>} */ (one?.throttle({ A: 1 }, { maxWait: 300 })), {
      code: 'WAIT_TIMEOUT',
    });
  });
});

test('requests wait while the server is gone, and are served by the next one', async () => {
  const own = await startRedis();
  const client = /** @type {any} */ (await own.connect({ retryStrategy: () => 20 }));
  const throttler = sharedThrottler({ client, key: 'gone', rules: rolling, ...quick });
  try {
    await throttler.throttle({ A: 1 });
    /** @type {string[]} */
    const events = [];
    for (const name of /** @type {const} */ (['connect', 'disconnect', 'epoch'])) {
      throttler.on(name, () => events.push(name));
    }
    await own.kill();
    await sleep(150);
    const waiting = throttler.throttle({ A: 9 });
    const late = throttler.throttle({ A: 1 }, { maxWait: 250 });
    await assert.rejects(late, { code: 'WAIT_TIMEOUT' });
    assert.equal(throttler.estimateWait({ A: 1 }), Number.POSITIVE_INFINITY);
    await own.start();
    await waiting;
    assert.deepEqual(events, ['disconnect', 'connect', 'epoch']);
    assert.equal(throttler.tryThrottle({ A: 1 }), false, 'what was used before still counts');
  } finally {
    throttler.close();
    await own.stop();
  }
});

test('nothing is sent while nothing happens, nor while all wait for a known time', async () => {
  const rules = [fixedWindow({ id: 'W', limit: 5, interval: hour })];
  await withThrottlers([{ rules }, { rules }], async (throttlers) => {
    await Promise.all(throttlers.map((each) => each.throttle({ W: 1 })));
    await sleep(400);
    const before = throttlers.map((each) => each.getStats().shared?.scripts);
    await sleep(1000);
    assert.deepEqual(
      throttlers.map((each) => each.getStats().shared?.scripts),
      before,
    );
    const waiting = throttlers.flatMap((each) =>
      Array.from({ length: 50 }, () => each.throttle({ W: 1 }).catch(() => {})),
    );
    await sleep(500);
    const blocked = throttlers.map((each) => each.getStats().shared?.scripts);
    await sleep(1000);
    assert.deepEqual(
      throttlers.map((each) => each.getStats().shared?.scripts),
      blocked,
    );
    for (const each of throttlers) each.clear();
    await Promise.all(waiting);
  });
});

test('rules change by a version only', async () => {
  await withThrottlers([{ rules: rolling }], async ([one]) => {
    assert.throws(() => one?.addRule(concurrency({ id: 'C', limit: 1 })), { code: 'NOT_SHARED' });
    assert.throws(() => one?.reset(), { code: 'NOT_SHARED' });
    assert.equal(one?.getRule('A')?.id, 'A');
  });
});

test('an answer that a resumption has overtaken does not pause again', async () => {
  const key = `key${keys++}`;
  /** Answers for the first throttler wait for it. */
  let gate = Promise.resolve();
  let asked = 0;
  const client = await answering(async () => {
    asked++;
    await gate;
  });
  const options = { key, rules: rolling, lease: 100, timeout: 300 };
  const one = sharedThrottler({ ...options, client });
  const other = sharedThrottler(
    /** @type {any} */ ({ ...options, client: await server.connect() }),
  );
  const until = async (/** @type {() => boolean} */ isSo) => {
    while (!isSo()) await sleep(2);
  };
  try {
    await Promise.all([one.ready, other.ready]);
    await other.pause({ ms: hour });
    await until(() => one.getStats().pausedUntil !== null);
    /** @type {(value?: undefined) => void} */
    let open = () => {};
    gate = new Promise((resolve) => {
      open = resolve;
    });
    const before = asked;
    const waiting = one.throttle({ A: 1 }, { maxWait: 5000 });
    await until(() => asked > before);
    await other.resume();
    await until(() => one.getStats().pausedUntil === null);
    open();
    await waiting;
  } finally {
    one.close();
    other.close();
  }
});

test('an answer that was on its way during a sleep gives nothing', async () => {
  const key = `key${keys++}`;
  const now = Date.now;
  let slept = 0;
  /** Whether the answer that is on its way arrives after a sleep. */
  let sleeps = false;
  const client = await answering((answer) => {
    // The monotonic clock stands still in a sleep.
    if (sleeps && JSON.parse(answer).c?.length > 0) {
      slept += 10_000;
      sleeps = false;
    }
  });
  Date.now = () => now() + slept;
  const options = { key, rules: rolling, lease: 300, timeout: 300 };
  const throttler = sharedThrottler({ ...options, client });
  /** @type {unknown[]} */
  const errors = [];
  throttler.on('disconnect', ({ error }) => errors.push(error));
  try {
    await throttler.throttle({ A: 2 });
    sleeps = true;
    await throttler.throttle({ A: 5 });
    assert.equal(sleeps, false);
    assert.ok((throttler.getStats().shared?.late ?? 0) > 0, 'its claims have ended');
    await throttler.throttle({ A: 3 });
    assert.deepEqual(errors, []);
  } finally {
    throttler.close();
    Date.now = now;
  }
});

test('the clock of the exchange is shared at once, and windows begin by it', async () => {
  const W = 1000;
  const rules = [fixedWindow({ id: 'F', limit: 3, interval: W, jitter: 20 })];
  await withThrottlers([{ rules }, { rules }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await Promise.all([one?.throttle({ F: 1 }), other?.throttle({ F: 1 })]);
    const ahead = 400;
    one?.syncClock(Date.now() + ahead);
    const offset = () => other?.snapshot().clockOffset ?? 0;
    for (let i = 0; i < 100 && Math.abs(offset() - ahead) > 20; i++) await sleep(5);
    assert.ok(Math.abs(offset() - ahead) <= 20, `${offset()}`);
    // Each window of the exchange has three requests, wherever its edges are here.
    /** @type {Map<number, number>} */
    const counts = new Map();
    /** Times since the edge of the window, in the order of grants. @type {number[]} */
    const phases = [];
    const ask = async (/** @type {typeof one} */ throttler) => {
      await throttler?.throttle({ F: 1 });
      const at = Date.now() + ahead;
      const window = Math.floor(at / W);
      phases.push(at % W);
      counts.set(window, (counts.get(window) ?? 0) + 1);
    };
    await Promise.all(Array.from({ length: 12 }, (_, i) => ask(i % 2 ? one : other)));
    assert.ok(Math.max(...counts.values()) <= 3, JSON.stringify([...counts]));
    // By the clock of the server, a window would begin 400 ms after an edge.
    assert.ok(phases.slice(-6).filter((phase) => phase < 350).length >= 4, `${phases}`);
    // The difference is told again to a ledger that lost it.
    const control = await server.connect();
    await control.flushall();
    const epoch = new Promise((resolve) => other?.on('epoch', resolve));
    await Promise.all([one?.throttle({ F: 1 }), other?.throttle({ F: 1 }), epoch]);
    phases.length = 0;
    await Promise.all(Array.from({ length: 9 }, (_, i) => ask(i % 2 ? one : other)));
    assert.ok(phases.slice(-6).filter((phase) => phase < 350).length >= 4, `${phases}`);
  });
});

test('what is left of a day is not used up by a clock that is corrected again and again', async () => {
  const rules = [fixedWindow({ id: 'F', limit: 100, interval: 24 * hour, jitter: 20 })];
  await withThrottlers([{ rules }, { rules }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await one?.throttle({ F: 40 });
    const offset = () => other?.snapshot().clockOffset ?? 0;
    for (let turn = 0; turn < 8; turn++) {
      const ahead = turn % 2 ? 1000 : 1100;
      one?.syncClock(Date.now() + ahead);
      for (let i = 0; i < 200 && Math.abs(offset() - ahead) > 20; i++) await sleep(5);
      assert.ok(Math.abs(offset() - ahead) <= 20, `${turn}: ${offset()}`);
    }
    await other?.throttle({ F: 60 }, { signal: AbortSignal.timeout(2000) });
    assert.equal(one?.tryThrottle({ F: 1 }), false);
  });
});

test('claims end in time where a ledger with a later clock takes over', async () => {
  const key = `key${keys++}`;
  const direct = /** @type {any} */ (await server.connect());
  /** Milliseconds by which the second server is ahead. */
  const ahead = 5000;
  let isSecond = false;
  const client = new Proxy(direct, {
    get(target, name) {
      if (name === 'evalsha') return async () => Promise.reject(new Error('NOSCRIPT'));
      const value = target[name];
      if (typeof value !== 'function') return value;
      if (name !== 'eval') return value.bind(target);
      return (/** @type {string} */ text, /** @type {unknown[]} */ ...args) => {
        const clock = "local clock = call('TIME')\n";
        const second = text
          .replace(clock, `${clock}clock[1] = clock[1] + ${ahead / 1000}\n`)
          .replace("'run_id:(%w+)'", "'run_id:%w(%w+)'");
        return target.eval(isSecond ? second : text, ...args);
      };
    },
  });
  const options = { key, rules: rolling, lease: 300, timeout: 100 };
  const throttler = sharedThrottler({ ...options, client });
  try {
    await throttler.throttle({ A: 2 });
    isSecond = true;
    const epoch = new Promise((resolve) => throttler.on('epoch', resolve));
    await sleep(400);
    await Promise.all([throttler.throttle({ A: 1 }), epoch]);
    await throttler.throttle({ A: 1 });
    const claims = /** @type {any} */ (throttler).heldClaims();
    const ends = claims
      .filter((/** @type {unknown} */ _, /** @type {number} */ i) => i % 6 === 2)
      .map(Number);
    assert.ok(ends.length > 0);
    for (const end of ends) assert.ok(end - performance.now() <= 300, `${end}`);
  } finally {
    throttler.close();
  }
});

test('a throttler that is closed gives back what it did not spend', async () => {
  await withThrottlers([{ rules: rolling }, { rules: rolling }], async ([one, other]) => {
    await Promise.all([one?.ready, other?.ready]);
    await one?.throttle({ A: 4 });
    // Units that it holds for later requests are among the rest.
    one?.close();
    await other?.throttle({ A: 6 }, { maxWait: 300 });
  });
});
