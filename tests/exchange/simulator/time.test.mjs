import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { listen, send } from '../../simulator/http/server.mjs';
import { wire } from '../../simulator/http/wire.mjs';
import { Time } from '../../simulator/time/time.mjs';

describe('Time', () => {
  it('passes from timer to timer in order', async () => {
    const time = new Time(1000);
    /** @type {number[]} */
    const seen = [];
    for (const ms of [30, 10, 20]) time.setTimeout(() => seen.push(time.wallNow()), ms);
    time.clearTimeout(time.setTimeout(() => seen.push(0), 15));
    await time.run(25);
    assert.deepEqual([seen, time.now()], [[1010, 1020], 25]);
    await time.until(time.sleep(10));
    assert.deepEqual([seen, time.now()], [[1010, 1020, 1030], 35]);
  });

  it('stands still during a real task', async () => {
    const time = new Time();
    const real = time.real(async () => {
      for (let turn = 0; turn < 100; turn += 1)
        await new Promise((resolve) => setImmediate(resolve));
    });
    const stood = real.then(() => time.now());
    await time.until(time.sleep(5));
    assert.equal(await stood, 0);
  });

  it('passes while a real task sleeps', async () => {
    const time = new Time();
    const real = time.real(async () => {
      await time.sleepWithin(7);
      await new Promise((resolve) => setImmediate(resolve));
      return time.now();
    });
    time.setTimeout(() => undefined, 8);
    assert.equal(await time.until(real), 7);
  });

  it('throws if a promise waits and nothing is due', async () => {
    await assert.rejects(new Time().until(new Promise(() => undefined)), /waits forever/);
  });
});

describe('wire', () => {
  it('delays both directions, equally for equal seeds', async () => {
    const trips = await Promise.all([1, 1, 2].map(tenTrips));
    assert.deepEqual(trips[0], trips[1]);
    assert.notDeepEqual(trips[0], trips[2]);
    for (const { sent, arrived, returned } of trips[0] ?? []) {
      assert.ok(arrived >= sent && arrived - sent < 50, `${arrived - sent} ms there`);
      assert.ok(returned >= arrived && returned - arrived < 50, `${returned - arrived} ms back`);
    }
  });
});

/** @param {number} seed */
async function tenTrips(seed) {
  const time = new Time(0);
  const server = await listen(async (_request, response) =>
    send(response, 0, { status: 200, body: time.now() }),
  );
  const { fetch, close } = wire({ time, random: seededRandom(seed), delay: 50 });
  const trips = Array.from({ length: 10 }, async () => {
    const sent = time.now();
    const arrived = Number(await (await fetch(server.url)).json());
    return { sent, arrived, returned: time.now() };
  });
  const all = await time.until(Promise.all(trips));
  close();
  await server.close();
  return all;
}
