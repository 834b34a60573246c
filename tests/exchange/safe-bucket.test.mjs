import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { seededRandom } from '../../examples/bot/random.mjs';
import { safeBucket } from '../../examples/bot/safe-bucket.mjs';
import { WindowCounter } from './window-counter.mjs';

/**
 * A bucket that always has something waiting, against a counter of aligned windows, on virtual time. Delays are the
 * worst: a request that can reach the next window does, so windows receive late requests on top of their own.
 *
 * @param {{ capacity: number, refillRate: number }} bucket
 * @param {{ limit: number, interval: number, jitter: number, dearest: number, offset: number, seed: number }} o
 */
function saturate({ capacity, refillRate }, { limit, interval, jitter, dearest, offset, seed }) {
  const random = seededRandom(seed);
  const counter = new WindowCounter(limit, interval);
  const start = 1_000_000 * interval + offset;
  const end = start + 8 * interval;
  /** @type {{ at: number, cost: number }[]} */
  const arrivals = [];
  for (let now = start, tokens = capacity; now < end; ) {
    const cost = 1 + Math.floor(random() * dearest);
    const wait = Math.max(0, (cost - tokens) / refillRate);
    tokens = Math.min(capacity, tokens + wait * refillRate) - cost;
    now += wait;
    const late = now + jitter;
    const crosses = Math.floor(late / interval) > Math.floor(now / interval);
    arrivals.push({ at: crosses ? late : now, cost });
  }
  arrivals.sort((a, b) => a.at - b.at);
  let refused = 0;
  for (const { at, cost } of arrivals) {
    const fits = counter.fits(at, cost);
    counter.add(at, cost, fits);
    if (!fits) refused += 1;
  }
  const { accepted, possible } = counter.wholeWindows(start, end);
  return { refused, share: accepted / possible };
}

const CASES = [
  { limit: 6000, interval: 60_000, jitter: 250, dearest: 80 },
  { limit: 6000, interval: 6000, jitter: 52, dearest: 80 },
  { limit: 100, interval: 1000, jitter: 52, dearest: 1 },
  { limit: 100, interval: 10_000, jitter: 5000, dearest: 10 },
];

describe('safeBucket', () => {
  for (const o of CASES) {
    const { limit, interval, jitter, dearest } = o;
    const name = `${limit} per ${interval} ms, ${jitter} ms of jitter, up to ${dearest} a request`;
    const bucket = safeBucket(limit, interval, { jitter, floor: dearest });
    const runs = (/** @type {{ capacity: number, refillRate: number }} */ b) =>
      Array.from({ length: 20 }, (_, i) => saturate(b, { ...o, offset: (i / 20) * interval, seed: i }));

    it(`never sends too much, however the windows are aligned: ${name}`, () => {
      assert.ok(bucket.capacity + bucket.refillRate * (interval + jitter) <= limit + 1e-9);
      assert.ok(bucket.capacity >= dearest);
      assert.deepEqual(
        runs(bucket).filter(({ refused }) => refused > 0),
        [],
      );
    });

    it(`passes the share of the limit that it states: ${name}`, () => {
      // A whole window may miss one request that was a little too dear for what was left.
      for (const { share } of runs(bucket))
        assert.ok(share >= bucket.share - dearest / limit, `${share} of ${bucket.share}`);
    });

    it(`is refused where the bucket is as large as the limit: ${name}`, () => {
      assert.ok(runs({ capacity: limit, refillRate: limit / interval }).some(({ refused }) => refused > 0));
    });
  }

  it('says so when the dearest request does not fit', () => {
    assert.throws(() => safeBucket(50, 1000, { jitter: 0, floor: 80 }), /50 is too small for a burst of 80/);
  });
});
