// The ledger's script on a real server, by random sequences of calls on virtual time.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { excess } from './support/exchange.mjs';
import { Fleet, LEASE, RECOVERY, randomRules, START } from './support/fleet.mjs';
import { randomOf } from './support/random.mjs';
import { TIMED } from './support/script.mjs';
import { startRedis } from './support/server.mjs';

const SEQUENCES = Number(process.env.SEQUENCES ?? 600);
const SEED = Number(process.env.PROPTEST_RNG_SEED ?? 1);
const AT_ONCE = 20;

const server = await startRedis();
const client = await server.connect();
const sha = await client.script('LOAD', TIMED);
after(() => server.stop());

/** @param {string} key */
const caller =
  (key) =>
  /** @param {object} request @param {string} definitions @param {number} now */
  async (request, definitions, now) => {
    const answer = await client.evalsha(
      sha,
      1,
      key,
      JSON.stringify(request),
      definitions,
      String(now),
    );
    return JSON.parse(String(answer));
  };

/**
 * Runs a sequence and returns the worst excess of its rules.
 * @param {number} seed
 * @param {{ withFaults: boolean, forgetful?: boolean, clock?: 'told' | 'secret' }} options
 */
async function run(seed, { withFaults, forgetful = false, clock }) {
  const random = randomOf(seed);
  const key = `mt:{${seed}}`;
  const rules = randomRules(random);
  const exchange =
    clock === undefined
      ? undefined
      : { ahead: 2000 * (random.next() - 0.5), isTold: clock === 'told' };
  const fleet = new Fleet(seed, rules, 1 + random.below(4), caller(key), exchange);
  const { members } = fleet;
  // The loss of the data must not coincide with the death of a process.
  const kind = withFaults ? random.of(['loss', 'death']) : 'none';
  await members[0]?.sync(false);
  fleet.now += RECOVERY;
  const steps = random.chance(0.05) ? 400 : 40;
  const hasPermits = rules.some(({ k }) => k === 5);
  const most = random.of(hasPermits ? [0, 5, 30, 90] : [0, 5, 30, 300, 900]);
  for (let step = 0; step < steps; step++) {
    if (random.chance(0.1)) fleet.turn = fleet.now + random.next() * 100;
    const before = fleet.now;
    fleet.now += random.of([0, 1, most, 10 * most]) * random.next();
    for (const member of members) if (!member.isDead) member.spend(before);
    // Permits are renewed by all, as a ledger frees those of a process that is silent for long.
    for (const each of members) {
      const isSilent = hasPermits && !each.isDead && fleet.now - each.calledAt > LEASE;
      if (isSilent) await each.sync(false);
    }
    const member = random.of(members);
    if (member.isDead) continue;
    if (kind === 'death' && random.chance(0.02)) {
      member.isDead = true;
      continue;
    }
    member.release();
    await member.sync(random.chance(0.1));
    if (kind === 'loss' && random.chance(0.05)) {
      await client.del(key);
      // Each living process notices within the recovery, and then tells what it spent.
      for (const each of [...members, ...members]) {
        const from = fleet.now;
        fleet.now += (random.next() * RECOVERY) / members.length / 3;
        for (const spender of members) spender.spend(from);
        if (forgetful) each.spending = [];
        await each.sync(false);
      }
    }
  }
  await client.del(key);
  let worst = 0;
  for (const [id, arrivals] of fleet.arrivals) {
    // Permits of a process that died are free when it has been silent for long.
    if (fleet.ruleOf(id).k === 5 && kind !== 'none') continue;
    worst = Math.max(worst, excess(fleet.ruleOf(id), arrivals));
  }
  return { worst, granted: fleet.granted };
}

/**
 * @param {Parameters<typeof run>[1]} options
 * @param {number} [sequences]
 */
async function runAll(options, sequences = SEQUENCES) {
  /** @type {{ seed: number, worst: number, granted: number }[]} */
  const results = [];
  let next = 0;
  const worker = async () => {
    while (next < sequences) {
      const seed = SEED * 1_000_000 + next++;
      results.push({ seed, ...(await run(seed, options)) });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return results;
}

test('no exchange refuses a request, with lost and doubled calls', async () => {
  const results = await runAll({ withFaults: false });
  assert.deepEqual(
    results.filter(({ worst }) => worst > 0),
    [],
  );
  const granted = results.filter((each) => each.granted > 0).length;
  assert.ok(granted > 0.9 * SEQUENCES, `${granted} of ${SEQUENCES} sequences granted anything`);
});

test('no exchange refuses a request when a process dies or the data is lost', async () => {
  const results = await runAll({ withFaults: true });
  assert.deepEqual(
    results.filter(({ worst }) => worst > 0),
    [],
  );
});

test('no exchange refuses a request by a clock that processes tell', async () => {
  const results = await runAll({ withFaults: true, clock: 'told' });
  assert.deepEqual(
    results.filter(({ worst }) => worst > 0),
    [],
  );
});

test('control: limits are exceeded by a clock of the exchange that is not told', async () => {
  const results = await runAll({ withFaults: false, clock: 'secret' }, Math.min(SEQUENCES, 300));
  assert.ok(results.some(({ worst }) => worst > 0));
});

test('control: a process that tells nothing after a loss exceeds limits', async () => {
  // Few suffice, also where the other tests run many.
  const results = await runAll({ withFaults: true, forgetful: true }, Math.min(SEQUENCES, 600));
  assert.ok(results.some(({ worst }) => worst > 0));
});

test(`the ledger begins with a pause of ${RECOVERY} ms`, async () => {
  const [rule] = [{ id: 'R', k: 1, l: 10, w: 1000, j: 0, r: 0 }];
  const fleet = new Fleet(1, [rule], 1, caller('mt:{start}'));
  const answer = await fleet.members[0]?.sync(false);
  assert.equal(answer?.rec, RECOVERY);
  assert.equal(answer?.T, START);
  assert.deepEqual(answer?.c, []);
});
