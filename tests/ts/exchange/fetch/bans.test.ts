// The end of a ban, by the text of its body and by its headers: the latest counts, and one that
// lies in the past is none.

import { MultiThrottler } from 'multi-throttler';
import { binanceSpot, throttledFetch } from 'multi-throttler/exchange';
import { expect, test } from 'vitest';
import { VirtualClock } from '../../support/clock.ts';

const SECOND = 1000;
/** Time of the server, in whole seconds as `Date` has it. */
const NOW = 1_700_000_000_000;
const FIRST_BAN = 120 * SECOND;

/** Returns how long a ban lasts that these name the end of, in seconds. */
async function lengthOf(text: number | undefined, header?: string, status = 418) {
  const throttler = new MultiThrottler(binanceSpot.rules, { clock: new VirtualClock() });
  const end = text === undefined ? '' : `; IP banned until ${NOW + text * SECOND}`;
  const body = JSON.stringify({ code: -1003, msg: `Way too many requests${end}.` });
  const fetch = throttledFetch(throttler, {
    profile: binanceSpot,
    retries: 0,
    fetch: async () => {
      const headers = new Headers({ date: new Date(NOW).toUTCString() });
      if (header !== undefined) headers.set('retry-after', header);
      return new Response(body, { status, headers });
    },
  });
  await fetch('https://api.binance.com/api/v3/time');
  return throttler.estimateWait({ REQUEST_WEIGHT: 1 }) / SECOND;
}

const date = (seconds: number) => new Date(NOW + seconds * SECOND).toUTCString();

test.each([
  ['the text alone', 90, undefined, 90],
  ['the header alone', undefined, '30', 30],
  ['the text, as it is later', 90, '30', 90],
  ['the header, as it is later', 30, '90', 90],
  ['the header, a date that is later', 30, date(300), 300],
  ['the text, as the date of the header is past', 90, date(-5), 90],
  ['the header, as the text is past', -5, '60', 60],
  ['the clock, as neither names one', undefined, undefined, FIRST_BAN / SECOND],
])('%s', async (_, text, header, seconds) => {
  const length = await lengthOf(text, header);
  expect(length).toBeGreaterThanOrEqual(seconds);
  expect(length).toBeLessThan(seconds * 1.2 + 2);
});

test('a ban that is over by its text holds nothing up', async () => {
  expect(await lengthOf(-5)).toBe(0);
});

test('a ban that only the text names counts with status 429 too', async () => {
  const length = await lengthOf(600, '1', 429);
  expect(length).toBeGreaterThanOrEqual(600);
  expect(length).toBeLessThan(602);
});

// `Date` is cut to whole seconds. An earlier request would prolong the ban.
test.each([0, 1, 400, 999])(
  'a ban lasts up to a second longer, by the %i ms that Date leaves out, and is never shorter',
  async (cut) => {
    const clock = new VirtualClock();
    const throttler = new MultiThrottler(binanceSpot.rules, { clock });
    const until = NOW + cut + 90 * SECOND;
    const body = { code: -1003, msg: `Way too many requests; IP banned until ${until}.` };
    const fetch = throttledFetch(throttler, {
      profile: binanceSpot,
      retries: 0,
      fetch: async () => {
        const headers = { date: new Date(NOW + cut).toUTCString() };
        return new Response(JSON.stringify(body), { status: 418, headers });
      },
    });
    await fetch('https://api.binance.com/api/v3/time');
    expect(throttler.estimateWait({ REQUEST_WEIGHT: 1 })).toBe(90 * SECOND + cut);
  },
);
