/**
 * A bot that saturates an exchange: its refusals, and the part of the possible cost that it gets.
 */

import assert from 'node:assert/strict';
import { MultiThrottler } from 'multi-throttler';
import { simulate } from './rig.mjs';
import { delayOf, possible } from './saturated-cases.mjs';

/**
 * @typedef {import('./saturated-cases.mjs').Stream} Stream
 */

/**
 * Asserts that nothing is refused and that the bot gets 97 % of the possible cost under each rule,
 * after allowing for its jitter.
 *
 * @param {import('./saturated-cases.mjs').Case} one
 * @param {import('./senders.mjs').Sender} sender
 */
export async function saturate(one, sender) {
  const { profile, start, streams, minutes } = one;
  await simulate({ start, delay: delayOf(one) }, async ({ time, exchange, fetch }) => {
    const throttler = new MultiThrottler(profile.rules, { headers: profile.headers, clock: time });
    const means = { venue: one, url: exchange.url, fetch, throttler, time };
    const stopped = keepBusy(streams, sender(means));
    const duration = minutes * 60_000;
    await time.run(duration);
    throttler.close();
    const ends = await time.until(stopped);

    const reasons = ends.map(
      (end) => end.status === 'rejected' && (end.reason.code ?? String(end.reason)),
    );
    assert.deepEqual([...new Set(reasons)], ['CLOSED']);
    gotNearlyAll(one, exchange, time.start);
  });
}

/**
 * Sends until the throttler is closed, always more than may be granted.
 *
 * @param {Stream[]} streams
 * @param {(stream: Stream) => Promise<unknown>} send
 */
export function keepBusy(streams, send) {
  const workers = streams.flatMap((stream) =>
    Array.from({ length: stream.workers }, async () => {
      for (;;) await send(stream);
    }),
  );
  return Promise.allSettled(workers);
}

/**
 * @param {import('./saturated-cases.mjs').Case} one
 * @param {import('./rig.mjs').Exchange} exchange
 * @param {number} start of the run, Unix ms
 */
export function gotNearlyAll({ profile, streams, minutes }, exchange, start) {
  assert.equal(exchange.refused(), 0);
  for (const { rule, counter, unused } of streams) {
    const { most, within } = possible(profile, rule, minutes * 60_000, unused);
    const got = exchange.total(counter, start + within) / most;
    assert.ok(got >= 0.97 && got <= 1, `${got} of what is possible under ${rule}`);
  }
}
