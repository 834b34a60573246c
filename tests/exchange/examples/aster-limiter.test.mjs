// The simulation of the "Rate Limiter Enhancement Guide" for Aster: the limiter of
// examples/aster-limiter under load, on the simulated exchange.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { AsterLimiter } from '../../../examples/aster-limiter/limiter.mjs';
import { binanceFutures } from '../../simulator/venues/binance-futures.mjs';
import { requester, simulate, venueOf } from '../support/rig.mjs';

const MINUTE = 60_000;

/** Requests of the guide's test, by class. */
const ORDER = { request: 'POST /fapi/v1/order?symbol=BTCUSDT&side=BUY&type=MARKET&quantity=1' };
const BATCH = {
  request: `POST /fapi/v1/batchOrders?batchOrders=${encodeURIComponent('[{},{},{},{},{}]')}`,
};
const STOP = { request: 'POST /fapi/v1/order?symbol=BTCUSDT&side=SELL&type=STOP_MARKET' };
const POSITIONS = { request: 'GET /fapi/v2/positionRisk?symbol=BTCUSDT' };
const BOOK = { request: 'GET /fapi/v1/depth?symbol=BTCUSDT&limit=1000' };

const start = venueOf(() => binanceFutures('aster'));

/**
 * @typedef {object} Rig
 * @property {import('../../simulator/time/time.mjs').Time} time
 * @property {import('../support/rig.mjs').Exchange} exchange
 * @property {AsterLimiter} limiter
 * @property {(stream: { request: string }) => Promise<Response>} send through the limiter
 * @property {(stream: { request: string }) => Promise<Response>} direct past the limiter
 * @property {number[]} sent the times of all requests of the limiter
 * @property {{ event: string, at: number, data: { [name: string]: unknown } }[]} events
 */

/**
 * @param {import('../../../examples/aster-limiter/settings.mjs').Options} options
 * @param {(rig: Rig) => Promise<void>} scenario
 */
const run = (options, scenario) =>
  simulate({ start, delay: 100 }, async ({ time, exchange, fetch }) => {
    /** @type {number[]} */
    const sent = [];
    const limiter = new AsterLimiter({
      clock: time,
      fetch: (/** @type {[RequestInfo, RequestInit?]} */ ...args) => {
        sent.push(time.now());
        return fetch(...args);
      },
      ...options,
    });
    /** @type {Rig['events']} */
    const events = [];
    limiter.addMonitorCallback((event, data) => void events.push({ event, at: time.now(), data }));
    const send = requester(exchange.url, limiter.fetch);
    const direct = requester(exchange.url, fetch);
    await scenario({ time, exchange, limiter, send, direct, sent, events });
    limiter.close();
  });

/**
 * Sends a request again and again, `every` so many milliseconds or when the last one is answered.
 *
 * @param {Rig} rig
 * @param {{ request: string }} request
 * @param {number} every
 */
async function keepSending({ time, send }, request, every) {
  for (;;) await Promise.all([send(request), time.sleep(every)]);
}

/**
 * @param {Rig} rig
 * @param {{ request: string }} request
 * @param {number} workers
 * @param {number} every
 */
function load(rig, request, workers, every) {
  const all = Array.from({ length: workers }, () => keepSending(rig, request, every));
  // They end when the limiter is closed.
  for (const one of all) one.catch(() => {});
}

/**
 * The longest wait of critical requests from an instant on, in milliseconds.
 *
 * @param {Rig} rig
 * @param {number} from
 */
const longestCritical = ({ events }, from) =>
  Math.max(
    ...events
      .filter(
        ({ event, at, data }) => event === 'request' && at >= from && data.priority === 'critical',
      )
      .map(({ data }) => Number(data.waited)),
  );

describe('the limiter for Aster', () => {
  it('is refused nothing under load, and orders do not wait', async () => {
    await run({ slowDown: false }, async (rig) => {
      const { time, exchange, limiter, send } = rig;
      load(rig, BOOK, 40, 1);
      load(rig, POSITIONS, 20, 1);
      load(rig, STOP, 2, 1000);
      // Less than the 228 a minute that the burst mode reserves.
      load(rig, ORDER, 2, 1000);
      load(rig, BATCH, 1, 4000);
      await time.run(3 * MINUTE);
      assert.equal(exchange.refused(), 0);
      assert.equal(longestCritical(rig, 0), 0);
      // The traffic is high from the start: 2280 less the reserve of a tenth, and the orders.
      const used = exchange.total('REQUEST_WEIGHT', time.start + 3 * MINUTE);
      assert.ok(used > 3 * 2050 && used <= 3 * 2280, `${used}`);
      const stats = limiter.getStats();
      assert.equal(stats.burstModeActivations, 1);
      assert.equal(stats.received429, 0);
      assert.equal(stats.missedCriticalRequests, 0);
      assert.ok(stats.peakUsagePct > 90, `${stats.peakUsagePct}`);
      assert.ok(stats.queueSizes.low > 0);
      // More reading is dropped than waits, so that the queue has a bound.
      for (let n = 0; n < 200; n++) send(BOOK).catch(() => {});
      await time.run(time.now() + 100);
      assert.ok(limiter.getStats().requestsDropped > 100);
      assert.equal(limiter.getStats().queueSizes.low, 100);
    });
  });

  it('lets no order of a liquidation cascade wait for reading', async () => {
    await run({ traffic: false }, async (rig) => {
      const { time, exchange, limiter } = rig;
      load(rig, BOOK, 40, 1);
      await time.run(MINUTE + 10_000);
      limiter.enableLiquidationMode(MINUTE);
      // The reserve is 114 a minute then, beside reading that takes all the rest.
      load(rig, ORDER, 5, 4000);
      await time.run(3 * MINUTE);
      assert.equal(exchange.refused(), 0);
      assert.equal(longestCritical(rig, MINUTE), 0);
      assert.equal(limiter.getStats().liquidationMode, false);
      const modes = rig.events.filter(({ event }) => event === 'liquidation_mode');
      assert.deepEqual(
        modes.map(({ at, data }) => [at, data.enabled]),
        [
          [70_000, true],
          [130_000, false],
        ],
      );
    });
  });

  it('slows reading down before the limit, so that it is spread over the minute', async () => {
    /** @param {boolean} slowDown */
    const longestGap = async (slowDown) => {
      let gap = 0;
      await run({ slowDown, traffic: false }, async ({ time, exchange, sent, ...rig }) => {
        load({ time, exchange, sent, ...rig }, POSITIONS, 10, 1);
        await time.run(2 * MINUTE);
        assert.equal(exchange.refused(), 0);
        const minute = [...sent.filter((at) => at > MINUTE), 2 * MINUTE];
        gap = Math.max(...minute.map((at, n) => at - (minute[n - 1] ?? at)));
      });
      return gap;
    };
    const [without, with_] = [await longestGap(false), await longestGap(true)];
    // The spaces of the guide are small: they add up to some seconds of the minute.
    assert.ok(with_ < without - 2000, `${with_} of ${without} ms`);
  });

  it('leaves room for another client that the headers show', async () => {
    await run({ traffic: false }, async (rig) => {
      const { time, exchange, direct } = rig;
      load(rig, POSITIONS, 3, 1000);
      const other = async () => {
        for (;;) await Promise.all([direct(BOOK), time.sleep(1250)]);
      };
      other().catch(() => {});
      await time.run(3 * MINUTE);
      assert.equal(exchange.refused(), 0);
      // Alone, the bot would use some 900 a minute; both want 1860.
      assert.ok(exchange.total('REQUEST_WEIGHT', time.start + 3 * MINUTE) > 4000);
    });
  });

  for (const { status, seconds } of [
    { status: 429, seconds: 7 },
    { status: 418, seconds: 120 },
  ]) {
    it(`sends nothing while a ${status} asks for ${seconds} s`, async () => {
      await run({ retries: 0 }, async (rig) => {
        const { time, exchange, limiter, sent, events } = rig;
        load(rig, ORDER, 2, 200);
        await time.run(5000);
        assert.equal(limiter.getStats().burstMode, true);
        exchange.faults?.push({
          status,
          body: { code: -1003, msg: 'Too many.' },
          headers: { 'Retry-After': String(seconds) },
        });
        await time.run(6000);
        const refused = events.find(({ event }) => event === 'refused');
        assert.equal(refused?.data.status, status);
        assert.equal(limiter.getStats().burstMode, false);
        assert.equal(limiter.getStats().banned, status === 418);
        await time.run(5000 + (seconds + 10) * 1000);
        const at = refused?.at ?? 0;
        const next = sent.find((time) => time > at) ?? 0;
        assert.ok(next >= at + seconds * 1000 && next < at + seconds * 1000 + 50, `${next - at}`);
        assert.equal(limiter.getStats().consecutive429s, 0);
        assert.equal(exchange.refused(), 0);
      });
    });
  }
});
