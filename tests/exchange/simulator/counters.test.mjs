import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  DecayingCounter,
  FirstRequestWindow,
  LazyBucket,
  SlidingLog,
} from '../../../ts/simulator/counters.mjs';

/**
 * @param {import('../../../ts/simulator/counters.mjs').Counter} counter
 * @param {[at: number, cost: number][]} requests
 */
function accepted(counter, requests) {
  return requests.map(([at, cost]) => {
    const fits = counter.fits(at, cost);
    counter.add(at, cost, fits);
    return fits;
  });
}

describe('SlidingLog', () => {
  it('counts accepted requests up to the interval, inclusive', () => {
    const log = new SlidingLog(3, 1000);
    assert.deepEqual(
      accepted(log, [
        [0, 2],
        [500, 1],
        [600, 1],
        [1000, 1],
        [1000.5, 2],
        [1000.5, 1],
      ]),
      [true, true, false, false, true, false],
    );
    assert.deepEqual([log.remaining(1001), log.resetAt(1001), log.resetAt(5000)], [0, 1500, 5000]);
  });
});

describe('FirstRequestWindow', () => {
  it('opens with the first request and lasts its interval, inclusive', () => {
    const window = new FirstRequestWindow(3, 1000);
    assert.deepEqual(
      accepted(window, [
        [700, 3],
        [1700, 1],
        [1701, 3],
        [2701, 1],
        [2702, 1],
      ]),
      [true, false, true, false, true],
    );
    assert.deepEqual([window.remaining(3000), window.resetIn(3000)], [2, 702]);
    assert.deepEqual([window.remaining(4000), window.resetIn(4000)], [3, 1000]);
  });
});

describe('DecayingCounter', () => {
  it('is raised by refused requests too', () => {
    const counter = new DecayingCounter(2, 0.001);
    assert.deepEqual(
      accepted(counter, [
        [0, 2],
        [500, 1],
        [1000, 1],
        [3000, 1],
      ]),
      [true, false, false, true],
    );
  });
});

describe('LazyBucket', () => {
  it('takes nothing for refusals and holds at most its capacity', () => {
    const bucket = new LazyBucket(2, 0.001);
    assert.deepEqual(
      accepted(bucket, [
        [0, 2],
        [500, 1],
        [1000, 1],
        [9000, 3],
        [9000, 2],
      ]),
      [true, false, true, false, true],
    );
    assert.equal(bucket.remaining(10_000), 1);
  });
});
