// A hub that dies at any point, on a network that delays, loses, doubles and reorders messages. A
// model of the server counts what arrives, up to a jitter after it was sent.

import {
  type AnyRule,
  concurrency,
  fixedWindow,
  rollingWindow,
  tokenBucket,
} from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import type { Faults } from './world.ts';
import { World } from './world.ts';

const JITTER = 15;

/** Park and Miller's minimal standard generator, from 0 to below 1. */
function generator(seed: number): () => number {
  let state = seed + 1;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

const RULES: AnyRule[] = [
  rollingWindow({ id: 'rolling', limit: 20, interval: 1000, jitter: JITTER }),
  fixedWindow({ id: 'fixed', limit: 30, interval: 2000, jitter: JITTER }),
  tokenBucket({ id: 'bucket', capacity: 30, refillRate: 0.02, jitter: JITTER }),
  fixedWindow({
    id: 'first',
    limit: 30,
    interval: 1500,
    jitter: JITTER,
    anchor: 'first-request',
  }),
];
const COST = { rolling: 1, fixed: 1, bucket: 1, first: 1 };

/** The most that the servers of the rules counted beyond their limits. */
function excess(arrivals: number[], wall: number): Record<string, number> {
  const sorted = [...arrivals].sort((a, b) => a - b);
  let rolling = 0;
  sorted.forEach((at, n) => {
    const within = sorted.slice(0, n + 1).filter((other) => other >= at - 1000).length;
    rolling = Math.max(rolling, within);
  });
  const windows = new Map<number, number>();
  for (const at of sorted) {
    const window = Math.floor((wall + at) / 2000);
    windows.set(window, (windows.get(window) ?? 0) + 1);
  }
  let tokens = 30;
  let last = 0;
  let least = 30;
  for (const at of sorted) {
    tokens = Math.min(30, tokens + 0.02 * (at - last)) - 1;
    last = at;
    least = Math.min(least, tokens);
  }
  let opened = Number.NEGATIVE_INFINITY;
  let count = 0;
  let first = 0;
  for (const at of sorted) {
    if (at - opened >= 1500) {
      opened = at;
      count = 0;
    }
    count += 1;
    first = Math.max(first, count);
  }
  return {
    rolling: rolling - 20,
    fixed: Math.max(...windows.values()) - 30,
    bucket: -least - 1e-6,
    first: first - 30,
  };
}

interface Plan {
  faults: Faults;
  kills: number;
  deaths?: number;
  hasMemory?: boolean;
  isPunctual?: boolean;
  rules?: AnyRule[];
  cost?: Record<string, number>;
}

/** Runs four members that send as much as they may for eight seconds. */
async function run(seed: number, { faults, kills, deaths = 0, hasMemory = true, ...plan }: Plan) {
  const { rules = RULES, cost = COST, isPunctual = true } = plan;
  const random = generator(seed);
  const world = new World(random);
  world.faults = faults;
  world.hasMemory = hasMemory;
  world.isPunctual = isPunctual;
  const arrivals: number[] = [];
  let asked = 0;
  let served = 0;
  const start = () => {
    const member = world.member(rules);
    let isAlive = true;
    const loop = async () => {
      while (isAlive && world.clock.now() < 8000) {
        asked += 1;
        try {
          const permit = await member.throttler.acquire(cost, {
            priority: random() < 0.2 ? 'critical' : 'normal',
          });
          if (!isAlive) return;
          served += 1;
          arrivals.push(world.clock.now() + random() * JITTER);
          permit.release();
        } catch {
          if (isAlive) throw new Error('It was rejected');
        }
      }
    };
    const loops = Array.from({ length: 5 }, loop);
    const die = () => {
      isAlive = false;
      asked -= member.throttler.getQueueLength();
      member.die();
      member.throttler.close().catch(() => {});
    };
    return { ...member, die, loops };
  };
  const members = [start(), start(), start(), start()];
  const events = [
    ...Array.from({ length: kills }, () => ({ at: random() * 6000, what: 'kill' })),
    ...Array.from({ length: deaths }, () => ({ at: random() * 6000, what: 'death' })),
  ].sort((a, b) => a.at - b.at);
  for (const { at, what } of events) {
    await world.advance(Math.max(0, at - world.clock.now()));
    if (what === 'kill') world.kill();
    else {
      members.splice(Math.floor(random() * members.length), 1)[0]?.die();
      members.push(start());
    }
  }
  // From now on nothing fails, so all are served in the end.
  await world.advance(8000 - world.clock.now());
  world.faults = {};
  for (let part = 0; part < 40; part++) await world.advance(500);
  const late = members.reduce((sum, { throttler }) => sum + throttler.getStats().shared.late, 0);
  return {
    excess: excess(arrivals, 1_700_000_000_000),
    waiting: members.reduce((sum, { throttler }) => sum + throttler.getQueueLength(), 0),
    asked,
    served,
    late,
    epochs: world.epochs,
    errors: world.errors,
  };
}

const NETWORKS: [string, Faults][] = [
  ['a quick network', { delay: 0.5 }],
  ['delays beyond the time of delivery', { delay: 30 }],
  ['losses and doubles', { delay: 5, loss: 0.05, double: 0.1 }],
  ['another order', { delay: 10, isUnordered: true, double: 0.1 }],
];

/** The number of random runs on each network. */
const RUNS = Number(process.env.HUB_RUNS ?? 6);

describe.each(NETWORKS)('on %s', (_, faults) => {
  test.each(Array.from({ length: RUNS }, (_, i) => i + 1))(
    'no server refuses, and all are served, seed %i',
    async (seed) => {
      const result = await run(seed, { faults, kills: 4, deaths: 2 });
      for (const [rule, over] of Object.entries(result.excess))
        expect([rule, Math.max(0, over)]).toEqual([rule, 0]);
      expect(result.waiting).toBe(0);
      expect(result.served).toBeGreaterThan(30);
      if ((faults.delay ?? 0) > 20) expect(result.late).toBeGreaterThan(0);
      expect(result.epochs).toBeGreaterThan(1);
      expect(result.errors).toEqual([]);
    },
  );
});

test('a control without write-ahead exceeds', async () => {
  const results = await Promise.all(
    [1, 2, 3].map((seed) => run(seed, { faults: { delay: 0.5 }, kills: 4, hasMemory: false })),
  );
  for (const { excess } of results) {
    expect(excess.rolling).toBeGreaterThan(0);
    expect(excess.fixed).toBeGreaterThan(0);
  }
});

test('a control that uses late grants exceeds', async () => {
  const plan = { faults: { delay: 300 }, kills: 0, isPunctual: false };
  const results = await Promise.all([1, 2, 3].map((seed) => run(seed, plan)));
  expect(Math.max(...results.map(({ excess }) => excess.rolling ?? 0))).toBeGreaterThan(0);
});

test('places under a rule of concurrency outlive the hub', async () => {
  const world = new World(generator(7));
  world.faults = { delay: 2 };
  const rules = [concurrency({ id: 's', limit: 2 })];
  const [one, two, three] = [world.member(rules), world.member(rules), world.member(rules)];
  await world.advance(50);
  const kept = one.throttler.acquire({ s: 1 });
  await world.advance(50);
  const permit = await kept;
  world.kill();
  const others = [two, three].map(({ throttler }) => throttler.acquire({ s: 1 }));
  let granted = 0;
  for (const other of others)
    other.then(() => {
      granted += 1;
    });
  await world.advance(2000);
  expect(world.epochs).toBe(2);
  expect(granted).toBe(1);
  permit.release();
  await world.advance(50);
  expect(granted).toBe(2);
});
