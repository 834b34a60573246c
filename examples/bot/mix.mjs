/**
 * The requests of the bot: a stream of each kind, drawn at random in realistic proportions.
 *
 * @typedef {'market' | 'account' | 'orders'} Kind
 * @typedef {{ endpoint: string, params: ReadonlyMap<string, string | number> }} BotRequest
 */

/** @type {readonly Kind[]} */
export const KINDS = ['market', 'account', 'orders'];

const SYMBOLS = [
  'BTCUSDT',
  'ETHUSDT',
  'BNBUSDT',
  'SOLUSDT',
  'XRPUSDT',
  'ADAUSDT',
  'DOGEUSDT',
  'LTCUSDT',
];

/**
 * Requests of each kind, with their shares out of 100. An undefined symbol asks for all symbols at
 * once.
 */
const MIX = {
  market: [
    { share: 40, endpoint: 'GET /api/v3/depth', fields: { limit: 100 } },
    { share: 3, endpoint: 'GET /api/v3/depth', fields: { limit: 1000 } },
    { share: 22, endpoint: 'GET /api/v3/klines', fields: { interval: '1m', limit: 100 } },
    { share: 18, endpoint: 'GET /api/v3/ticker/24hr', fields: {} },
    { share: 10, endpoint: 'GET /api/v3/trades', fields: { limit: 500 } },
    { share: 1, endpoint: 'GET /api/v3/ticker/24hr', fields: { symbol: undefined } },
    { share: 5, endpoint: 'GET /api/v3/time', fields: { symbol: undefined } },
    { share: 1, endpoint: 'GET /api/v3/exchangeInfo', fields: { symbol: undefined } },
  ],
  account: [
    { share: 45, endpoint: 'GET /api/v3/account', fields: { symbol: undefined } },
    { share: 50, endpoint: 'GET /api/v3/openOrders', fields: {} },
    { share: 5, endpoint: 'GET /api/v3/openOrders', fields: { symbol: undefined } },
  ],
  orders: [
    { share: 60, endpoint: 'POST /api/v3/order', fields: {} },
    { share: 40, endpoint: 'DELETE /api/v3/order', fields: {} },
  ],
};

/**
 * @param {Kind} kind
 * @param {() => number} random
 * @param {{ symbol: string, orderId: number }[]} placed the bot's orders, newest last; a
 *   cancellation removes one
 * @returns {BotRequest}
 */
export function nextRequest(kind, random, placed) {
  const choice = pick(MIX[kind], random);
  const symbol = SYMBOLS[Math.floor(random() * SYMBOLS.length)] ?? 'BTCUSDT';
  if (kind !== 'orders')
    return { endpoint: choice.endpoint, params: paramsOf({ symbol, ...choice.fields }) };

  const order = choice.endpoint === 'DELETE /api/v3/order' ? placed.shift() : undefined;
  if (order) return { endpoint: choice.endpoint, params: paramsOf(order) };
  const side = random() < 0.5 ? 'BUY' : 'SELL';
  const terms = {
    symbol,
    side,
    type: 'LIMIT',
    timeInForce: 'GTC',
    quantity: '0.010',
    price: '64000.00',
  };
  return { endpoint: 'POST /api/v3/order', params: paramsOf(terms) };
}

/**
 * @template {{ share: number }} Choice
 * @param {readonly Choice[]} choices
 * @param {() => number} random
 * @returns {Choice}
 */
function pick(choices, random) {
  let left = random() * choices.reduce((sum, { share }) => sum + share, 0);
  const found = choices.find(({ share }) => {
    left -= share;
    return left < 0;
  });
  if (found === undefined) throw new RangeError('no choices');
  return found;
}

/** @param {Record<string, string | number | undefined>} fields */
function paramsOf(fields) {
  /** @type {Map<string, string | number>} */
  const params = new Map();
  for (const [name, value] of Object.entries(fields))
    if (value !== undefined) params.set(name, value);
  return params;
}
