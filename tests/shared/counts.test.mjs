// The script's counts, recorded call by call in counts.txt. The engine's ledger counts the same
// claims in tests/engine/ledger/script.rs, and has to come to the same. `UPDATE=1` records anew.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { START } from './support/fleet.mjs';
import { randomOf } from './support/random.mjs';
import { TIMED } from './support/script.mjs';
import { startRedis } from './support/server.mjs';

const FILE = new URL('counts.txt', import.meta.url);
const SEQUENCES = 80;
const STEPS = 25;

const server = await startRedis();
const client = await server.connect();
const sha = await client.script('LOAD', TIMED);
after(() => server.stop());

/** @typedef {{ id: string, k: number, l: number, w: number, j: number, r: number }} Rule */
/** @typedef {{ rule: string, amount: number, since: number, until: number }} Part */

/** @param {ReturnType<typeof randomOf>} random @returns {Rule[]} */
function rulesOf(random) {
  return Array.from({ length: 1 + random.below(3) }, (_, i) => {
    const k = 1 + random.below(4);
    const w = random.of([300, 1000, 4000]);
    const l = 2 + random.below(random.of([6, 40]));
    const r = l / random.of([500, 4000]);
    const j = Math.min(random.of([0, 5, 40]), (k === 2 ? l / r : w) / 4);
    return { id: `R${i}`, k, l, w, j, r };
  });
}

/**
 * The lines of one sequence.
 * @param {number} seed
 */
async function record(seed) {
  const random = randomOf(seed);
  const rules = rulesOf(random);
  const lease = random.of([100, 1000]);
  // Without grace, as the engine's ledger lets a claim lapse at its end.
  const times = { lease, recovery: 0, grace: 0, ttl: 1e6 };
  const definitions = JSON.stringify({ rules, ...times });
  const lines = [`sequence ${seed} ${lease}`];
  for (const { k, l, w, j, r } of rules) lines.push(`rule ${k} ${l} ${w} ${j} ${r}`);
  const key = `mt:{counts${seed}}`;
  const members = ['1', '2', '3'].map((name) => ({ name, n: 0, claims: new Map() }));
  let epoch = 0;
  let now = START;
  for (let step = 0; step < STEPS; step++) {
    now += random.of([0, 1, 20, 400]) * random.next();
    const member = random.of(members);
    const settlements = settle(random, member.claims, now);
    const wishes = random.chance(0.4);
    const request = {
      ...{ p: member.name, n: ++member.n, e: epoch, v: 0, h: 'same', i: 0, l: 0 },
      ...{ s: settlements, c: [], t: [], u: [], b: [], k: [...member.claims.keys()] },
      w: epoch === 0 ? [] : demand(random, rules),
      // Each call looks at all rules, as the engine's ledger does.
      x: rules.map(({ id, l }) => [id, epoch > 0 && wishes ? 1 + random.below(5) : 0, l]),
    };
    const text = await client.evalsha(
      ...[sha, 1, key, JSON.stringify(request), definitions, String(now)],
    );
    const answer = JSON.parse(String(text));
    if (epoch === 0) {
      epoch = answer.ep;
      continue;
    }
    const indexOf = (/** @type {string} */ id) => rules.findIndex((rule) => rule.id === id);
    lines.push(`call ${answer.T} ${member.name}`);
    for (const [id, parts] of settlements) {
      for (const [rule, spent, last] of parts) {
        lines.push(`settle ${id} ${indexOf(rule)} ${spent} ${last}`);
      }
    }
    for (const [id, parts] of /** @type {[number, [string, number, number][]][]} */ (answer.c)) {
      const list = parts.map(([rule, amount, until]) => ({ rule, amount, since: answer.T, until }));
      member.claims.set(id, list);
      for (const { rule, amount, until } of list) {
        lines.push(`give ${id} ${indexOf(rule)} ${amount} ${until}`);
      }
    }
    for (const [rule, left] of answer.lv) lines.push(`left ${indexOf(rule)} ${left}`);
  }
  await client.del(key);
  return lines;
}

/**
 * Settles some claims before their end. Others lapse.
 * @param {ReturnType<typeof randomOf>} random
 * @param {Map<number, Part[]>} claims
 * @param {number} now
 * @returns {[number, [string, number, number][]][]}
 */
function settle(random, claims, now) {
  /** @type {[number, [string, number, number][]][]} */
  const settlements = [];
  for (const [id, parts] of claims) {
    const isOver = parts.some(({ until }) => until <= now);
    if (isOver) claims.delete(id);
    if (isOver || random.chance(0.4)) continue;
    claims.delete(id);
    const part = random.of([0, 0.5, 1, 1]);
    const spent = parts.map(
      ({ rule, amount, since }) =>
        /** @type {[string, number, number]} */ ([
          rule,
          Math.floor(amount * part),
          since + random.next() * (now - since),
        ]),
    );
    settlements.push([id, spent]);
  }
  return settlements;
}

/** @param {ReturnType<typeof randomOf>} random @param {Rule[]} rules */
function demand(random, rules) {
  return Array.from({ length: random.below(3) }, (_, lane) => {
    const costs = rules.flatMap(({ id, l, r, j, k }) => {
      const most = Math.floor(k === 2 ? l - r * j : l);
      const amount = Math.min(most, random.below(4));
      return amount > 0 ? [id, amount, Math.ceil(l * random.of([1, 0.8]))] : [];
    });
    return [lane, random.below(3), 1 + random.below(6), costs];
  }).filter(([, , , costs]) => /** @type {unknown[]} */ (costs).length > 0);
}

test('the script counts as it is recorded', async () => {
  const lines = [];
  for (let seed = 1; seed <= SEQUENCES; seed++) lines.push(...(await record(seed)));
  const text = `${lines.join('\n')}\n`;
  if (process.env.UPDATE) writeFileSync(FILE, text);
  const recorded = readFileSync(FILE, 'utf8');
  // Not `equal`, whose message would have all lines.
  assert.ok(text === recorded, 'other counts than in counts.txt: UPDATE=1 npm test -- shared');
  const gives = lines.filter((line) => line.startsWith('give')).length;
  assert.ok(gives > 5 * SEQUENCES, `${gives} claims`);
});
