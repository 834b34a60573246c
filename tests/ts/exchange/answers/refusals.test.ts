// Refusals that only bodies tell of: of whole requests, and of parts of batches.

import {
  asterFutures,
  binanceSpot,
  binanceUsdm,
  bybit,
  type ExchangeProfile,
  kraken,
  kucoin,
  okx,
} from 'multi-throttler/exchange';
import { describe, expect, test } from 'vitest';

const NOW = Date.UTC(2026, 10, 21);

/** Returns what a profile reads out of a body, without the function `of`. */
function read(profile: ExchangeProfile, body: unknown, status = 200) {
  const { of: _, ...verdict } = profile.body?.(body, status, NOW) ?? {};
  return verdict;
}

const WHOLE = { status: 429 };
const PARTIAL = { status: 429, partial: true };

/** Cases run with the body as text and parsed. */
function testBodies(
  profile: ExchangeProfile,
  cases: [body: object, verdict: object, status?: number][],
) {
  test.each(cases)('%j', (body, verdict, status) => {
    expect(read(profile, body, status)).toEqual(verdict);
    expect(read(profile, JSON.stringify(body), status)).toEqual(verdict);
  });
}

describe('OKX', () => {
  const order = (sCode: string) => ({ ordId: sCode === '0' ? 'a' : '', sCode });
  const batch = (code: string, ...sCodes: string[]) => ({ code, data: sCodes.map(order) });
  testBodies(okx, [
    [batch('2', '0', '0', '50011'), PARTIAL],
    [batch('2', '0', '0', '50061'), PARTIAL],
    [batch('2', '50011', '50011'), PARTIAL],
    [batch('0', '50011'), PARTIAL],
    [batch('1', '50011', '50011'), WHOLE],
    [batch('1', '50011', '50061'), WHOLE],
    [batch('1', '50011', '51008'), PARTIAL],
    [batch('1', '50011'), WHOLE],
    [batch('2', '0', '51008'), {}],
    [{ code: '50011', data: [] }, WHOLE],
    [{ code: '50040', msg: 'Too frequent operations' }, WHOLE],
    [{ code: 50061 }, WHOLE],
  ]);
});

describe('Bybit', () => {
  const batch = (...codes: (number | string)[]) => ({
    retCode: 0,
    result: { list: codes.map(() => ({ orderId: '' })) },
    retExtInfo: { list: codes.map((code) => ({ code, msg: '' })) },
  });
  testBodies(bybit, [
    [batch(0, 10006), PARTIAL],
    [batch(10006, 10006), WHOLE],
    [batch('10006'), WHOLE],
    [batch(0, 170213), {}],
    [{ retCode: '10006', retExtInfo: {} }, WHOLE],
    [{ retCode: 10429 }, WHOLE],
    [{ retCode: 403, retMsg: 'access too frequent' }, { status: 418, retryAfter: 600_000 }, 403],
    [{ retCode: '10018' }, { status: 418, retryAfter: 600_000 }],
  ]);
});

describe('KuCoin', () => {
  testBodies(kucoin, [
    [{ code: 429000 }, WHOLE],
    [{ code: '200002', msg: 'Too many requests in a short period of time' }, WHOLE],
    [{ code: '1015' }, WHOLE],
    [{ code: '200000', data: [{ orderId: 'a', code: '200000' }, { code: '429000' }] }, PARTIAL],
    [{ code: '200000', data: [{ code: '429000' }, { code: '429000' }] }, WHOLE],
    [{ code: '200000', data: [{ code: '300003', msg: 'Balance insufficient' }] }, {}],
  ]);

  // Orders of a spot batch have no codes, and a text is no proof that nothing was done.
  const spot = (...texts: (string | null)[]) => ({
    code: '200000',
    data: texts.map((failMsg) =>
      failMsg === null ? { orderId: 'a', success: true } : { success: false, failMsg },
    ),
  });
  const older = (...texts: (string | null)[]) => ({
    code: '200000',
    data: {
      data: texts.map((failMsg) => ({
        id: failMsg === null ? 'a' : null,
        status: failMsg === null ? 'success' : 'fail',
        failMsg,
      })),
    },
  });
  testBodies(
    kucoin,
    [spot, older].flatMap((batch) => [
      [batch(null, 'Too Many Requests'), PARTIAL],
      [batch('Too many requests in a short period of time, please retry later'), PARTIAL],
      [batch(null, 'Exceeded the access frequency'), PARTIAL],
      [batch('Rate limit reached', 'Rate limit reached'), PARTIAL],
      [batch(null, 'The order funds should more then 0.1 USDT.'), {}],
      [batch('Balance insufficient!', 'There are too many orders in the order'), {}],
      [batch(null, null), {}],
      [batch(), {}],
    ]),
  );
});

describe('Kraken', () => {
  const batch = (...errors: (string | undefined)[]) => ({
    error: [],
    result: { orders: errors.map((error) => (error ? { error } : { txid: 'OQCLML' })) },
  });
  const LIMIT = 'EOrder:Rate limit exceeded';
  testBodies(kraken, [
    [batch(undefined, LIMIT), PARTIAL],
    [batch(LIMIT, LIMIT), WHOLE],
    [batch(undefined, 'EOrder:Insufficient funds'), {}],
    [{ error: ['EAuth:Rate limit exceeded'] }, WHOLE],
    [{ error: ['EAuth:Too many requests'] }, WHOLE],
    [{ error: ['EOrder:Domain rate limit exceeded'] }, WHOLE],
    [{ error: ['EService:Throttled'] }, WHOLE],
    [{ error: ['EService:Throttled: 99999999999'] }, WHOLE],
    [{ error: ['EGeneral:Temporary lockout'] }, { status: 418 }],
    [{ error: ['EOrder:Orders limit exceeded'] }, {}],
  ]);
});

describe.each([binanceSpot, binanceUsdm, asterFutures])('$name', (profile) => {
  const banned = (until: number) => ({
    code: -1003,
    msg: `Way too many requests; IP banned until ${until}.`,
  });
  // Too many orders of the account: the address may go on.
  const orders = { pauses: 'charged' };
  testBodies(profile, [
    [{ code: -1003, msg: 'Too many requests queued.' }, WHOLE],
    [
      { code: -1015, msg: 'Too many new orders; current limit is 50 orders per 10 SECOND.' },
      { ...WHOLE, ...orders },
    ],
    [[{ orderId: 1 }, { code: -1015, msg: '' }], { ...PARTIAL, ...orders }],
    [
      [
        { code: -1015, msg: '' },
        { code: -1015, msg: '' },
      ],
      { ...WHOLE, ...orders },
    ],
    [
      [
        { code: -1015, msg: '' },
        { code: -2022, msg: '' },
      ],
      { ...PARTIAL, ...orders },
    ],
    [[{ orderId: 1 }, { code: -2022, msg: '' }], {}],
    [banned(NOW + 90_000), { status: 418, retryAfter: 90_000 }, 418],
    [banned(NOW - 5), { status: 418, retryAfter: 0 }, 418],
    [banned(10 ** 18), { status: 418 }, 418],
    [
      {
        code: -2021,
        data: { cancelResponse: { orderId: 1 }, newOrderResponse: { code: -1015, msg: '' } },
      },
      { ...PARTIAL, ...orders },
      409,
    ],
    [{ code: -2010, msg: 'Account has insufficient balance.' }, {}, 400],
    [{ code: -1121, msg: 'Invalid symbol.' }, {}, 403],
  ]);

  test('a 403 without an error is of the firewall', () => {
    const verdict = { status: 418, retryAfter: 60_000 };
    expect(read(profile, '<html><h1>403 ERROR</h1></html>', 403)).toEqual(verdict);
    expect(read(profile, '', 403)).toEqual(verdict);
    expect(read(profile, '', 404)).toEqual({});
  });

  test('-1008 pauses orders, and is certain to have failed only by its text', () => {
    const THROTTLED = 'Request throttled by system-level protection.';
    const verdict = profile.body?.({ code: -1008, msg: THROTTLED }, 503);
    expect(verdict).toMatchObject({ status: 429, pauses: 'charged' });
    expect(verdict?.partial).toBeUndefined();
    const ids = ['REQUEST_WEIGHT', 'RAW_REQUESTS', 'ORDERS', 'ORDERS_1M', 'fapi:ORDERS'];
    expect(ids.filter((id) => verdict?.of?.(id))).toEqual(['ORDERS', 'ORDERS_1M', 'fapi:ORDERS']);
    const busy = profile.body?.({ code: -1008, msg: 'Server is currently overloaded.' }, 503);
    expect(busy).toMatchObject({ status: 429, pauses: 'charged', partial: true });
  });

  test('any other 503 is no refusal', () => {
    const unknown = 'Unknown error, please check your request or try again later.';
    expect(read(profile, { code: -1000, msg: unknown }, 503)).toEqual({});
  });
});
