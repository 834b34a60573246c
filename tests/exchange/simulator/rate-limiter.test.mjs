import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { BINANCE_SPOT_LIMITS, scaledUnits } from '../../simulator/venues/binance/limits.mjs';
import { RateLimiter } from '../../simulator/venues/binance/rate-limiter.mjs';

// 2026-11-21 06:00:00 UTC, a multiple of 5 minutes, so every window starts here.
const START = Date.UTC(2026, 10, 21, 6);
const IP = '10.0.0.1';
const ACCOUNT = 'key-a';

/** @param {Partial<ConstructorParameters<typeof RateLimiter>[0]>} [options] */
function limiter(options) {
  return new RateLimiter({ limits: BINANCE_SPOT_LIMITS, ...options });
}

/** @param {number} weight */
const get = (weight, ip = IP) => ({ ip, weight });
const order = (account = ACCOUNT, ip = IP) => ({
  ip,
  account,
  weight: 1,
  weightIfDone: 0,
  orders: 1,
});

describe('RateLimiter windows', () => {
  it('reset at multiples of the interval, to the millisecond', () => {
    const server = limiter();
    const lastMs = START + 59_999;
    assert.equal(server.arrive(get(6000), START + 30_000).outcome, 'accepted');
    assert.equal(server.arrive(get(1), lastMs).outcome, 'refused');
    assert.equal(server.arrive(get(6000), lastMs + 1).outcome, 'accepted');
    assert.equal(server.arrive(get(1), lastMs + 1).outcome, 'refused');
  });

  it('accept the limit and refuse one more', () => {
    const server = limiter();
    assert.equal(server.arrive(get(5999), START).outcome, 'accepted');
    assert.equal(server.arrive(get(1), START).outcome, 'accepted');
    assert.equal(server.arrive(get(1), START).outcome, 'refused');
  });

  it('count refused requests too', () => {
    const server = limiter();
    server.arrive(get(5990), START);
    assert.equal(server.arrive(get(20), START).outcome, 'refused');
    assert.equal(server.arrive(get(5), START).outcome, 'refused');
    assert.equal(
      server.headers(get(1), { outcome: 'accepted' }, START)['X-MBX-USED-WEIGHT-1M'],
      '6015',
    );
  });

  it('count each address separately', () => {
    const server = limiter();
    server.arrive(get(6000), START);
    assert.equal(server.arrive(get(1), START).outcome, 'refused');
    assert.equal(server.arrive(get(1, '10.0.0.2'), START).outcome, 'accepted');
  });

  it('count requests of any weight once under RAW_REQUESTS', () => {
    const server = limiter({
      limits: [{ rateLimitType: 'RAW_REQUESTS', interval: 'MINUTE', intervalNum: 5, limit: 2 }],
    });
    assert.equal(server.arrive(get(50), START).outcome, 'accepted');
    assert.equal(server.arrive(get(0), START + 299_998).outcome, 'accepted');
    assert.equal(server.arrive(get(0), START + 299_999).outcome, 'refused');
    assert.equal(server.arrive(get(0), START + 300_000).outcome, 'accepted');
  });

  it('scale with the units and stay aligned', () => {
    const server = limiter({ units: scaledUnits(6000) });
    server.arrive(get(6000), START);
    assert.equal(server.arrive(get(1), START + 5_999).outcome, 'refused');
    assert.equal(server.arrive(get(1), START + 6_000).outcome, 'accepted');
  });

  it('sum accepted costs of whole windows only', () => {
    const server = limiter();
    const [weight] = BINANCE_SPOT_LIMITS;
    assert.ok(weight);
    server.arrive(get(1000), START + 59_999);
    server.arrive(get(4000), START + 60_000);
    server.arrive(get(3000), START + 60_001);
    server.arrive(get(500), START + 120_000);
    server.arrive(get(700), START + 240_000);
    const counter = server.counter(weight, { ip: IP, account: ACCOUNT });
    assert.deepEqual(counter.wholeWindows(START + 1, START + 239_999), {
      windows: 2,
      accepted: 4500,
      possible: 12_000,
    });
    assert.deepEqual(counter.wholeWindows(START + 1, START + 59_000), {
      windows: 0,
      accepted: 0,
      possible: 0,
    });
  });
});

describe('RateLimiter orders', () => {
  it('count per account from any address', () => {
    const server = limiter();
    for (let i = 0; i < 100; i += 1) {
      assert.equal(server.arrive(order(ACCOUNT, `10.0.0.${i % 7}`), START).outcome, 'accepted');
    }
    const verdict = server.arrive(order(ACCOUNT, '10.0.0.99'), START + 9_999);
    assert.ok(verdict.outcome === 'refused');
    assert.equal(verdict.limit.rateLimitType, 'ORDERS');
    assert.equal(verdict.retryAt, START + 10_000);
    assert.equal(server.arrive(order('key-b', IP), START).outcome, 'accepted');
    assert.equal(server.arrive(order(), START + 10_000).outcome, 'accepted');
  });

  it('weigh nothing unless they fail or are refused', () => {
    const server = limiter();
    const used = () =>
      server.headers(get(0), { outcome: 'accepted' }, START)['X-MBX-USED-WEIGHT-1M'];
    server.arrive({ ...order(), malformed: true }, START);
    assert.equal(used(), '1');
    for (let i = 0; i < 100; i += 1) server.arrive(order(), START);
    assert.equal(used(), '1');
    assert.equal(server.arrive(order(), START).outcome, 'refused');
    assert.equal(used(), '2');
  });

  it('do not reach their account when malformed or over the address limit', () => {
    const server = limiter();
    server.arrive({ ...order(), malformed: true }, START);
    server.arrive(get(6001), START);
    assert.equal(server.arrive(order(), START).outcome, 'refused');
    assert.equal(server.arrive(order(ACCOUNT, '10.0.0.2'), START).outcome, 'accepted');
    const headers = server.headers(order(ACCOUNT, '10.0.0.2'), { outcome: 'accepted' }, START);
    assert.equal(headers['X-MBX-ORDER-COUNT-10S'], '1');
  });
});

describe('RateLimiter headers', () => {
  it('show the order count for placed orders only', () => {
    const server = limiter();
    const placed = server.arrive(order(), START);
    assert.deepEqual(server.headers(order(), placed, START), {
      'X-MBX-USED-WEIGHT-1M': '0',
      'X-MBX-ORDER-COUNT-10S': '1',
    });
    const read = server.arrive(get(7), START);
    assert.deepEqual(server.headers(get(7), read, START), { 'X-MBX-USED-WEIGHT-1M': '7' });
    const malformed = { ...order(), malformed: true };
    assert.ok(
      !(
        'X-MBX-ORDER-COUNT-10S' in server.headers(malformed, server.arrive(malformed, START), START)
      ),
    );
  });

  it('are named after the interval', () => {
    const server = limiter({
      limits: [
        { rateLimitType: 'REQUEST_WEIGHT', interval: 'HOUR', intervalNum: 2, limit: 10 },
        { rateLimitType: 'ORDERS', interval: 'DAY', intervalNum: 1, limit: 10 },
      ],
    });
    const verdict = server.arrive({ ...order(), weightIfDone: 3 }, START);
    assert.deepEqual(server.headers(order(), verdict, START), {
      'X-MBX-USED-WEIGHT-2H': '3',
      'X-MBX-ORDER-COUNT-1D': '1',
    });
  });

  it('round Retry-After up to whole seconds', () => {
    const server = limiter();
    server.arrive(get(6000), START);
    for (const [at, seconds] of [
      [START, '60'],
      [START + 1, '60'],
      [START + 58_999, '2'],
      [START + 59_000, '1'],
      [START + 59_999, '1'],
    ]) {
      const verdict = server.arrive(get(1), Number(at));
      assert.equal(verdict.outcome, 'refused');
      assert.equal(server.headers(get(1), verdict, Number(at))['Retry-After'], seconds);
    }
  });
});

describe('RateLimiter bans', () => {
  /**
   * @param {RateLimiter} server
   * @param {number} at
   * @param {number} times
   */
  function refuse(server, at, times) {
    for (let i = 0; i < times; i += 1) assert.equal(server.arrive(get(1), at).outcome, 'refused');
  }

  it('follow refusals of a client that continues', () => {
    const server = limiter({ banAfter: 3 });
    server.arrive(get(6000), START);
    refuse(server, START + 1, 3);
    const verdict = server.arrive(get(1), START + 2);
    assert.deepEqual(verdict, { outcome: 'banned', retryAt: START + 2 + 120_000 });
    assert.equal(server.headers(get(1), verdict, START + 2)['Retry-After'], '120');
  });

  it('outlast the window and are not extended by requests', () => {
    const server = limiter({ banAfter: 0 });
    server.arrive(get(6001), START + 1);
    assert.equal(server.arrive(get(1), START + 60_000).outcome, 'banned');
    assert.equal(server.arrive(order(), START + 120_000).outcome, 'banned');
    assert.equal(server.arrive(get(1), START + 120_000.5).outcome, 'banned');
    assert.equal(server.arrive(get(1), START + 120_001).outcome, 'accepted');
    assert.equal(server.arrive(get(1, '10.0.0.2'), START + 2).outcome, 'accepted');
  });

  it('double in length up to three days', () => {
    const server = limiter({ banAfter: 0 });
    let now = START;
    const minutes = [];
    for (let i = 0; i < 14; i += 1) {
      const verdict = server.arrive(get(6001), now);
      assert.ok(verdict.outcome === 'banned');
      minutes.push((verdict.retryAt - now) / 60_000);
      now = verdict.retryAt;
    }
    assert.deepEqual(minutes, [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 4320, 4320]);
    assert.equal(server.record(IP).bans.length, 14);
  });

  it('start with banBase or a scaled default', () => {
    for (const [options, length] of [
      [{ banBase: 500 }, 500],
      [{ units: scaledUnits(6000) }, 12_000],
    ]) {
      const server = limiter({ banAfter: 0, .../** @type {object} */ (options) });
      const verdict = server.arrive(get(6001), START);
      assert.ok(verdict.outcome === 'banned');
      assert.equal(verdict.retryAt - START, length);
    }
  });

  it('do not follow after a minute without refusals', () => {
    const server = limiter({ banAfter: 3 });
    server.arrive(get(6000), START);
    refuse(server, START + 1, 3);
    server.arrive(get(6000), START + 60_000);
    refuse(server, START + 60_002, 3);

    server.arrive(get(6000), START + 120_000);
    assert.equal(server.arrive(get(1), START + 120_002).outcome, 'banned');
  });

  it('are recorded with their lengths', () => {
    const server = limiter({ banAfter: 2 });
    server.arrive(get(6000), START);
    refuse(server, START, 2);
    for (let i = 0; i < 5; i += 1) server.arrive(get(1), START);
    const { accepted, refused, banned, bans } = server.record(IP);
    assert.deepEqual(
      { accepted, refused, banned, bans },
      { accepted: 1, refused: 2, banned: 5, bans: [120_000] },
    );
  });
});
