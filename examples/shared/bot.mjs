/**
 * A bot: a process that sends requests to the exchange as fast as its limiter grants them. After a
 * refusal a worker waits for as long as the exchange says.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import { Client } from '../bot/client.mjs';
import { makeLimiter } from './limiters.mjs';

/**
 * @typedef {import('./limiters.mjs').Settings & { url: string, ip: string, workers: number }}
 *   BotSettings
 */

/** Requests with their weights. */
const REQUESTS = [5, 5, 5, 25].map((weight) => ({
  weight,
  endpoint: 'GET /api/v3/depth',
  params: new Map([
    ['symbol', 'BTCUSDT'],
    ['limit', weight === 5 ? '100' : '500'],
  ]),
}));

// The parent is gone.
process.once('disconnect', () => process.exit());
process.once('message', async (/** @type {BotSettings} */ settings) => {
  const limiter = await makeLimiter(settings);
  const client = new Client(settings.url, { 'X-Forwarded-For': settings.ip });
  process.send?.('ready');
  for (let n = 0; n < settings.workers; n++) void work(n);

  /** @param {number} n */
  async function work(n) {
    for (let i = n; ; i++) {
      const request = REQUESTS[i % REQUESTS.length] ?? fail();
      try {
        await limiter(request.weight);
      } catch {
        // The limiter cannot tell, as Redis is gone; nothing may be sent then.
        await sleep(100);
        continue;
      }
      const { status, headers } = await client.send(request);
      if (status !== 200) await sleep(1000 * Number(headers['retry-after'] ?? 1));
    }
  }
});

/** @returns {never} */
function fail() {
  throw new RangeError('there are no requests');
}
