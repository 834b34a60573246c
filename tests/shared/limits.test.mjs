// Single rules of the ledger's script, step by step on virtual time.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { TIMED } from './support/script.mjs';
import { startRedis } from './support/server.mjs';

const START = 1.7e12;
const LEASE = 100;

const server = await startRedis();
const client = await server.connect();
const sha = await client.script('LOAD', TIMED);
after(() => server.stop());
let keys = 0;

/**
 * A ledger of one rule R, and its calls.
 * @param {object} rule
 * @param {number} [grace]
 */
async function ledgerOf(rule, grace = 0) {
  const key = `mt:{limits${keys++}}`;
  const rules = [{ id: 'R', w: 0, j: 0, r: 0, ...rule }];
  const definitions = JSON.stringify({ rules, lease: LEASE, recovery: 0, grace, ttl: 1e6 });
  /** @type {Map<string, number>} */
  const numbers = new Map();
  let epoch = 0;
  /** @param {number} ms since the start @param {string} process @param {object} more */
  const call = async (ms, process, more = {}) => {
    const n = (numbers.get(process) ?? 0) + 1;
    numbers.set(process, n);
    const request = {
      ...{ p: process, n, e: epoch, v: 0, h: 'same', i: 0, l: 0 },
      ...{ s: [], w: [], x: [], k: [], c: [], t: [], u: [], b: [], ...more },
    };
    const now = String(START + ms);
    const text = await client.evalsha(sha, 1, key, JSON.stringify(request), definitions, now);
    const answer = JSON.parse(String(text));
    epoch = answer.ep;
    return answer;
  };
  await call(0, 'first');
  /** Asks for requests of one token each. @param {number} ms @param {string} process */
  const ask = (ms, process, count = 1, more = {}, cost = 1) =>
    call(ms, process, { w: [[0, 1, count, ['R', cost, 1e6]]], ...more });
  return { call, ask };
}

/**
 * The amount that an answer gives.
 * @param {{ c: [number, [string, number, number][]][] }} answer
 */
const given = ({ c }) =>
  c.flatMap(([, parts]) => parts).reduce((sum, [, amount]) => sum + amount, 0);

/** The tokens that remain. @param {{ lv: [string, number, number][] }} answer */
const left = ({ lv }) => lv[0]?.[1];

test('a first claim that lapses keeps its window closed until that is over for certain', async () => {
  const { ask } = await ledgerOf({ k: 4, l: 10, w: 1000, j: 20 });
  const first = await ask(0, 'dead', 3);
  assert.equal(given(first), 3);
  const until = first.c[0][1][0][2] - START;
  // A request of the dead may have opened a window at any instant up to `until + 20`, or none has.
  for (const ms of [until + 1, 500, 1000, until + 1020]) {
    assert.equal(given(await ask(ms, 'other', 5)), 0, `at ${ms}`);
  }
  assert.equal(given(await ask(until + 1020.5, 'other', 10)), 10);
});

test('a first claim that is settled opens its window at its last spending', async () => {
  const { ask } = await ledgerOf({ k: 4, l: 10, w: 1000, j: 20 });
  const { c } = await ask(0, 'one', 3);
  assert.equal(given(await ask(10, 'other', 5)), 0, 'it waits for the settlement');
  const settled = { s: [[c[0][0], [['R', 2, START + 5]]]] };
  assert.equal(given(await ask(20, 'one', 8, settled)), 8);
  assert.equal(given(await ask(1025, 'one', 1)), 0);
  assert.equal(given(await ask(1025.5, 'one', 10)), 10);
});

test('spending that is told in more parts than are kept counts in full, until the later of two', async () => {
  const { call, ask } = await ledgerOf({ k: 1, l: 200, w: 10_000 });
  for (let i = 0; i < 80; i++) {
    const { c } = await ask(10 * i, 'one');
    await call(10 * i, 'one', { s: [[c[0][0], [['R', 1, START + 10 * i]]]] });
  }
  const at = async (/** @type {number} */ ms) => left(await call(ms, 'one', { x: [['R', 0, 0]] }));
  assert.equal(await at(800), 120);
  assert.equal(await at(10_000), 120);
  // One of the oldest pair counts as long as the other.
  for (const ms of [10_005, 10_205, 10_405, 10_605]) {
    const counting = 80 - (Math.floor((ms - 10_000) / 10) + 1);
    const remaining = (await at(ms)) ?? 0;
    assert.ok(remaining <= 200 - counting, `${remaining} at ${ms}`);
    assert.ok(remaining >= 200 - counting - 17, `${remaining} at ${ms}`);
  }
  assert.equal(await at(10_791), 200);
});

test('a rule of spacing gives one claim, and the next one its cost later', async () => {
  const { ask } = await ledgerOf({ k: 6, l: 1, w: 100, j: 10 });
  const { c } = await ask(0, 'one', 5, {}, 3);
  assert.deepEqual(c[0][2], [[0, 1]]);
  assert.equal(given(await ask(20, 'other')), 0, 'it waits for the settlement');
  const settled = { s: [[c[0][0], [['R', 3, START + 20]]]] };
  const answer = await ask(30, 'one', 1, settled);
  assert.equal(given(answer), 0);
  assert.ok(Math.abs(answer.again - 300) < 0.01);
  assert.equal(given(await ask(329, 'other')), 0);
  assert.equal(given(await ask(330, 'other')), 1);
});

test('a claim of a rule of spacing that was not spent leaves no gap', async () => {
  const { ask } = await ledgerOf({ k: 6, l: 1, w: 100, j: 10 });
  const { c } = await ask(0, 'one');
  assert.equal(given(await ask(5, 'one', 1, { s: [[c[0][0], [['R', 0, 0]]]] })), 1);
  // The second lapses: it may have been sent at its end.
  assert.equal(given(await ask(164, 'other')), 0);
  assert.equal(given(await ask(165.1, 'other')), 1);
});
