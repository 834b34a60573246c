// Reads the weight of a method from Binance's texts. An unreadable text is an error; none is
// skipped.

/**
 * @typedef {object} Case
 * @property {Record<string, unknown>} params parameters of the request
 * @property {Record<string, number>} weights by pool
 */

const SYMBOL = { symbol: 'BTCUSDT' };

/** Default `limit` of an endpoint. @param {string} path */
const rowsByDefault = (path) => (path.startsWith('/eapi') || path.startsWith('/api') ? 100 : 500);

/**
 * @param {string} endpoint
 * @param {string} about
 * @returns {Case[]}
 */
export function readWeight(endpoint, about) {
  const text = weightText(about);
  if (text === undefined) return [];
  const path = endpoint.split(' ')[1] ?? '';
  const pool = path.startsWith('/futures/data') ? 'DATA' : 'IP';
  const flat = [...text.matchAll(/Weight\((IP|UID)\): (\d+)/g)];
  const orders = /Unfilled Order Count: (\d+)/.exec(text)?.[1];
  if (flat.length > 0) {
    const weights = Object.fromEntries(
      flat.map(([, of = '', weight]) => [pool === 'DATA' ? pool : of, Number(weight)]),
    );
    // The text states a weight of 0 by IP; the limit is 1000 requests in 5 minutes.
    if (pool === 'DATA') weights.DATA = 1;
    if (/10 requests per second/.test(text)) weights['10/s'] = 1;
    if (/1 times\/min per IP/.test(text)) weights['1/min'] = 1;
    if (orders !== undefined && orders !== '0') weights.ORDERS_10S = Number(orders);
    return [
      { params: {}, weights },
      { params: { ...SYMBOL, coin: 'BTC', asset: 'BTC' }, weights },
    ];
  }
  const plain = /^Weight: (\d+)(\(IP\))?$/m.exec(text);
  if (plain && !/\n/.test(text)) return [{ params: {}, weights: { [pool]: Number(plain[1]) } }];
  for (const read of READERS) {
    const cases = read(text, path);
    if (cases) return cases;
  }
  throw new Error(`the weight of ${endpoint} cannot be read: ${JSON.stringify(text)}`);
}

/** The text from the line with the weight to the next heading. @param {string} about */
function weightText(about) {
  // The colon or bracket excludes "Time-Weighted" in names.
  const start = /^\s*Weight[(:]/m.exec(about);
  if (!start) return undefined;
  const [body = ''] = about
    .slice(start.index)
    .split(/\n\s*(?:Security Type|Notes|Args|Request limit|@summary)\b/);
  const lines = body.split('\n').map((line) => line.trim().replaceAll('\u00a0', ' '));
  return lines.filter((line) => line !== '').join('\n');
}

/** @param {number} weight @returns {Record<string, number>} */
const ip = (weight) => ({ IP: weight });

/** @type {((text: string, path: string) => Case[] | undefined)[]} */
const READERS = [
  // 1 on 10s order rate limit(X-MBX-ORDER-COUNT-10S); ... 0 on IP rate limit
  (text) => {
    if (!/order rate limit/.test(text)) return undefined;
    const found = [...text.matchAll(/(\d+) on (10s|1min|IP)/g)];
    const names = /** @type {Record<string, string>} */ ({
      '10s': 'ORDERS_10S',
      '1min': 'ORDERS_1M',
      IP: 'IP',
    });
    return [
      {
        params: {},
        weights: Object.fromEntries(found.map(([, n, on = '']) => [names[on] ?? on, Number(n)])),
      },
    ];
  },
  // | [1,100) | 1 | ... | > 1000 | 10 |
  (text, path) => {
    const rows = [...text.matchAll(/(?:\| ?|^)\[(\d+), ?(\d+)([)\]]) *\| *(\d+)/gm)];
    if (rows.length === 0) return undefined;
    const cases = rows.flatMap(([, low, high, end, weight]) => [
      { params: { ...SYMBOL, limit: Number(low) }, weights: ip(Number(weight)) },
      {
        params: { ...SYMBOL, limit: Number(high) - (end === ')' ? 1 : 0) },
        weights: ip(Number(weight)),
      },
    ]);
    const above = /> (\d+) *\| *(\d+)/.exec(text);
    if (above)
      cases.push({
        params: { ...SYMBOL, limit: Number(above[1]) + 1 },
        weights: ip(Number(above[2])),
      });
    return [...cases, unlimited(cases, path)];
  },
  // 5, 10, 20, 50 | 2   1-100| 5   1000 | 20
  (text, path) => {
    if (!/[Ll]imit *\| *(Request )?[Ww]eight/.test(text)) return undefined;
    const rows = [...text.matchAll(/^\|? ?([\d, -]+?) *\| *(\d+) *\|?$/gm)];
    const cases = rows.map(([, limits = '', weight]) => ({
      params: { ...SYMBOL, limit: Number(limits.split(/[-,]/).at(-1)) },
      weights: ip(Number(weight)),
    }));
    return cases.length === 0 ? undefined : [...cases, unlimited(cases, path)];
  },
  // COIN-M since it shares a pool with USD-M (2026-06-30):
  // (after CM migration: 1 with `symbol` / 2 without `symbol`)
  (text) => {
    const after = /\(after CM migration: ([^)]*)\)/.exec(text)?.[1]?.replaceAll('*', '');
    if (after === undefined) return undefined;
    const [one, all = one] = [...after.matchAll(/\d+/g)].map(Number);
    if (one === undefined || all === undefined) return undefined;
    return [
      { params: SYMBOL, weights: ip(one) },
      { params: { pair: 'BTCUSD' }, weights: ip(all) },
      { params: {}, weights: ip(all) },
    ];
  },
  // 1 for a single symbol; 40 when the symbol parameter is omitted (also with text about merged
  // pools)
  (text) => {
    const words = text.replaceAll('*', '').replaceAll('`', '');
    const [, one, what, all] =
      /^(?:Weight\(IP\): null\n)?Weight: -? ?(\d+)\s+(?:for a single |when a single is specified|if |when |with )(symbol|coin|asset)?.*?[\s;,，]*(?:\(IP\))? ?-? ?(\d+)\s+(?:when|without|if|for mutltiple)/s.exec(
        words,
      ) ?? [];
    if (one === undefined) return undefined;
    const name = what ?? 'symbol';
    const given = { coin: 'BTC', asset: 'BTC', symbol: 'BTCUSDT' }[name];
    return [
      { params: { [name]: given }, weights: ip(Number(one)) },
      { params: {}, weights: ip(Number(all)) },
    ];
  },
  // 20 with symbol, 40 with pair
  (text) => {
    const words = text.replaceAll('*', '').replaceAll('`', '');
    const [, one, pair] =
      /^Weight: -? ?(\d+) with symbol[,，]?\s*-? ?(\d+) with pair/s.exec(words) ?? [];
    if (one === undefined) return undefined;
    return [
      { params: SYMBOL, weights: ip(Number(one)) },
      { params: { pair: 'BTCUSD' }, weights: ip(Number(pair)) },
    ];
  },
  (text) => {
    if (!/sideEffectType is MARGIN_BUY/.test(text)) return undefined;
    const [, small, large] = /(\d+)\(UID\) or (\d+)\(UID\)/.exec(text) ?? [];
    return [
      { params: {}, weights: { UID: Number(small) } },
      { params: { sideEffectType: 'NO_SIDE_EFFECT' }, weights: { UID: Number(small) } },
      { params: { sideEffectType: 'MARGIN_BUY' }, weights: { UID: Number(large) } },
      { params: { sideEffectType: 'AUTO_BORROW_REPAY' }, weights: { UID: Number(large) } },
    ];
  },
  (text) =>
    /share 500\/5min\/IP/.test(text) ? [{ params: {}, weights: { FUNDING: 1 } }] : undefined,
  (text) =>
    /360\/hour, 500\/day/.test(text)
      ? [{ params: {}, weights: { IP: 50, CONVERT: 1, CONVERT_1D: 1 } }]
      : undefined,
  (text) => {
    const [, none, some] =
      /Without `computeCommissionRates`\|(\d+)\|[\s\S]*With `computeCommissionRates`\|(\d+)/.exec(
        text,
      ) ?? [];
    if (none === undefined) return undefined;
    return [
      { params: SYMBOL, weights: ip(Number(none)) },
      { params: { ...SYMBOL, computeCommissionRates: true }, weights: ip(Number(some)) },
      { params: { ...SYMBOL, computeCommissionRates: 'false' }, weights: ip(Number(none)) },
    ];
  },
  (text) => {
    const [, none, some] = /Without orderId\|(\d+)\|[\s\S]*With orderId\|(\d+)/.exec(text) ?? [];
    if (none === undefined) return undefined;
    return [
      { params: SYMBOL, weights: ip(Number(none)) },
      { params: { ...SYMBOL, orderId: 1 }, weights: ip(Number(some)) },
    ];
  },
  (text) => {
    const [, one, many] =
      /Querying by `preventedMatchId` *\| (\d+)[\s\S]*Querying by `orderId` *\| (\d+)/.exec(text) ??
      [];
    if (one === undefined) return undefined;
    return [
      { params: { ...SYMBOL, preventedMatchId: 1 }, weights: ip(Number(one)) },
      { params: { ...SYMBOL, orderId: 1 }, weights: ip(Number(many)) },
    ];
  },
  // `symbols` | 2 for each `symbol`, capped at a max of 40
  (text) => {
    if (!/for each `symbol`, capped at a max of 40/.test(text)) return undefined;
    return [
      { params: SYMBOL, weights: ip(2) },
      ...[1, 3, 20, 21, 100].map((n) => ({
        params: { symbols: some(n) },
        weights: ip(Math.min(40, 2 * n)),
      })),
      { params: { symbolStatus: 'TRADING' }, weights: ip(40) },
      { params: {}, weights: ip(40) },
    ];
  },
  (text) => {
    if (!/4 for each requested symbol/.test(text)) return undefined;
    return [
      { params: SYMBOL, weights: ip(4) },
      ...[1, 3, 50, 51, 100].map((n) => ({
        params: { symbols: some(n) },
        weights: ip(Math.min(200, 4 * n)),
      })),
    ];
  },
  // The weight of the day ticker depends on the number of symbols.
  (text) => {
    if (!/101 or more|\|symbols\| Any/.test(text)) return undefined;
    const day = text.includes('101 or more');
    const weight = (/** @type {number} */ n) => (day ? (n <= 20 ? 2 : n <= 100 ? 40 : 80) : 4);
    return [
      { params: SYMBOL, weights: ip(2) },
      { params: {}, weights: ip(day ? 80 : 4) },
      ...[1, 20, 21, 100, 101].map((n) => ({
        params: { symbols: some(n) },
        weights: ip(weight(n)),
      })),
    ];
  },
];

/** @param {number} n */
const some = (n) => JSON.stringify(Array.from({ length: n }, (_, i) => `S${i}`));

/**
 * The case without a `limit`, which has the weight of the default limit.
 * @param {{ params: { limit: number }, weights: Record<string, number> }[]} cases
 * @param {string} path
 */
function unlimited(cases, path) {
  const rows = rowsByDefault(path);
  const found = [...cases]
    .sort((a, b) => a.params.limit - b.params.limit)
    .find(({ params }) => params.limit >= rows);
  return { params: SYMBOL, weights: found?.weights ?? cases.at(-1)?.weights ?? {} };
}
