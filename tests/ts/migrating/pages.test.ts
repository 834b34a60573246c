// The samples of the pages in docs/migrating: those of other packages of npm, and ours. A page may
// claim that the two do the same only if they start the same requests in the same order here.

import { readdirSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { fakeTime, pairsOf, type Start, startsOf } from '../support/samples.ts';

fakeTime();

/** When requests start, in milliseconds; `theirs` is absent for packages that are not on npm. */
interface Expected {
  readonly theirs?: Start[];
  readonly ours: Start[];
}

/** Requests 1, 2, 3 and so on, by their times. */
const at = (...times: number[]): Start[] => times.map((time, n) => [n + 1, time]);

/** Starts that are the same in both. */
const same = (starts: Start[]): Expected => ({ theirs: starts, ours: starts });

// A window is closed, so with timers of whole milliseconds it takes 1 ms more than its interval.
const pages: { [page: string]: { [title: string]: Expected } } = {
  ccxt: {
    'The leaky bucket': {
      // It looks each millisecond.
      theirs: [
        [0, 0],
        [1, 200],
        [2, 801],
      ],
      ours: [
        [0, 0],
        [1, 200],
        [2, 800],
      ],
    },
    'The rolling window': { theirs: at(0, 0, 0, 0, 0, 1000), ours: at(0, 0, 0, 0, 0, 1001) },
    'Several limits': { ours: at(0, 0, 10_001) },
  },
  hummingbot: {
    'A task under a limit and its pools': { ours: at(0, 0, 63_001) },
    'The same with the core': { ours: at(0, 0, 63_001) },
    'A share of the limits': { ours: at(0, 0, 1051) },
  },
  aiolimiter: {
    'A limiter as a context': { ours: at(0, 0, 0, 0, 2000, 4000, 6000, 8000) },
    'The same with the core': { ours: at(0, 0, 0, 0, 2000, 4000, 6000, 8000) },
    Amounts: {
      ours: [
        [false, 0],
        [false, 4000],
      ],
    },
    'A rate and a semaphore': { ours: at(0, 100, 500, 1000) },
    'The RateLimiter of tutorials': { ours: at(0, 0, 1001) },
  },
  bottleneck: {
    'A job at a time in each interval': same(at(0, 200, 400)),
    'Most at the same time': same(at(0, 0, 100)),
    'A reservoir that is refreshed': same(at(0, 0, 1001)),
    'Weights and priorities': same([
      [1, 0],
      [3, 100],
      [2, 100],
    ]),
    'A full queue': same([
      [1, 0],
      [3, 100],
    ]),
    'A wrapped function': same(at(0, 100, 200)),
    'A limiter for each key': same([
      ['a1', 0],
      ['b1', 0],
      ['a2', 1000],
    ]),
  },
  'p-queue': {
    'Most at the same time': same(at(0, 0, 100)),
    'Most in any interval': { theirs: at(0, 0, 1000), ours: at(0, 0, 1001) },
    Priorities: same([
      [1, 0],
      [4, 100],
      [3, 200],
      [2, 300],
    ]),
    'Another priority for a waiting task': same([
      [1, 0],
      [3, 100],
      [2, 200],
    ]),
    Pausing: same(at(500, 500, 600)),
    'Waiting until all tasks have ended': same([...at(0, 0, 100), ['after all', 200]]),
    'A task that takes too long': same(at(0, 50)),
    'Cancelling a task': {
      theirs: [
        ['cancelled', 0],
        ['first', 1000],
        ['third', 2000],
      ],
      ours: [
        ['cancelled', 0],
        ['first', 1001],
        ['third', 2002],
      ],
    },
  },
  'p-throttle': {
    'A throttled function': {
      theirs: at(0, 0, 1000, 1000, 2000),
      ours: at(0, 0, 1001, 1001, 2002),
    },
    // It spaces calls evenly after the first burst.
    Strict: { theirs: at(0, 0, 1000, 1500, 2000), ours: at(0, 0, 1001, 1001, 2002) },
    Weights: {
      theirs: [
        [6, 0],
        [4, 0],
        [5, 1000],
      ],
      ours: [
        [6, 0],
        [4, 0],
        [5, 1001],
      ],
    },
    Aborting: { theirs: at(0, 1000), ours: at(0, 1001) },
  },
  limiter: {
    'Removing tokens': { theirs: at(0, 0, 0, 1000), ours: at(0, 0, 0, 1001) },
    Trying: same(at(0, 100)),
    'A bucket': same(at(0, 0, 500)),
    'A bucket within another': same(at(0, 0, 500, 1000)),
  },
  'async-sema': {
    'Acquiring and releasing': same(at(0, 0, 100)),
    Trying: same(at(0)),
    Draining: same([
      [1, 0],
      [2, 0],
      ['after all', 100],
    ]),
    'A rate': { theirs: at(0, 0, 1000), ours: at(0, 0, 1001) },
    'An even rate': same(at(0, 500, 1000)),
  },
};

test('every page is here', () => {
  const names = readdirSync(new URL('../../../docs/migrating', import.meta.url));
  const expected = [...Object.keys(pages).map((page) => `${page}.md`), 'README.md'];
  expect(names.sort()).toEqual(expected.sort());
});

describe.each(Object.entries(pages))('%s', (page, expected) => {
  const pairs = pairsOf(page);

  test('every sample is here', () => {
    expect(pairs.map(({ title }) => title)).toEqual(Object.keys(expected));
  });

  test.each(pairs)('$title', async ({ title, theirs, ours }) => {
    expect(await startsOf(ours)).toEqual(expected[title]?.ours);
    expect(theirs && (await startsOf(theirs))).toEqual(expected[title]?.theirs);
  });
});
