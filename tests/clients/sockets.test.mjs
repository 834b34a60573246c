// Orders over the WebSockets of SDKs: they wait, pay, and their answers are read.

import assert from 'node:assert/strict';
import { describe, it, mock } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { binanceSocketCalls, throttleClient } from 'multi-throttler/client';
import { binanceSpot } from 'multi-throttler/exchange';
import { listenToSockets } from '../simulator/http/socket-server.mjs';
import { Time } from '../simulator/time/time.mjs';
import { recordReports, throughPause } from './support/rig.mjs';
import { CASES, ORDER, ofBinance } from './support/sockets.mjs';

for (const { name, calls, profile, respond, make, timestamp } of CASES) {
  describe(`orders over the WebSocket of ${name}`, () => {
    it('wait before they are signed, pay, and refusals pause', async (t) => {
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      t.after(() => mock.timers.reset());
      let refused = false;
      /** @type {any[]} */
      const received = [];
      const server = await listenToSockets((message) => {
        received.push({ ...message, at: Date.now() });
        return respond(message, refused);
      });
      t.after(server.close);
      const { client, order, stop } = await make(server.url);
      t.after(stop);
      const time = new Time();
      const throttler = new MultiThrottler(profile.rules, {
        headers: profile.headers,
        clock: time,
      });
      const reports = recordReports(throttler);
      const { detach } = throttleClient(client, throttler, { profile, calls });
      t.after(detach);

      await throughPause(throttler, time, order);
      const sent = received.at(-1);
      const signedAt = timestamp?.(sent);
      if (signedAt !== undefined) {
        assert.ok(sent.at - signedAt < 2000, `signed ${sent.at - signedAt} ms before`);
      }
      assert.deepEqual([...profile.costs.unknown.keys()], []);
      assert.deepEqual(
        reports.map(({ status, permit }) => [status, permit !== undefined]),
        [[200, true]],
      );

      refused = true;
      const thrown = await order().then(
        () => assert.fail('accepted'),
        (error) => error,
      );
      assert.notEqual(thrown.code, 'WAIT_TIMEOUT');
      assert.equal(reports.at(-1)?.status, 429);
      assert.ok(reports.at(-1)?.permit);
    });
  });
}

describe('refusals of the network address over the WebSocket of @nktkas/hyperliquid', () => {
  const posted =
    (/** @type {string} */ payload) =>
    (/** @type {any} */ { id }) => ({
      channel: 'post',
      data: { id, response: { type: 'error', payload } },
    });
  const pending = (/** @type {any} */ { id }) => ({
    channel: 'error',
    data: `too many pending post requests id=${id}`,
  });
  for (const { title, refuse, paused } of [
    { title: '429', refuse: posted('429'), paused: ['WS_MESSAGES', 'WS_POSTS'] },
    { title: 'posts in flight', refuse: pending, paused: ['WS_POSTS'] },
  ]) {
    it(`pause what they are about, and come out untouched: ${title}`, async (t) => {
      const found = CASES.find((one) => one.name === '@nktkas/hyperliquid');
      assert.ok(found);
      const server = await listenToSockets(refuse);
      t.after(server.close);
      const { client, order, stop } = await found.make(server.url);
      t.after(stop);
      const { calls, profile } = found;
      const throttler = new MultiThrottler(profile.rules, { headers: profile.headers });
      t.after(() => throttler.close());
      const reports = recordReports(throttler);
      t.after(throttleClient(client, throttler, { profile, calls }).detach);
      await assert.rejects(order(), { name: 'WebSocketRequestError' });
      assert.deepEqual(
        reports.map(({ status, rules, permit }) => [status, rules, permit !== undefined]),
        [[429, paused, true]],
      );
      // Over HTTP, and for the account, requests go on.
      assert.equal(throttler.estimateWait({ IP: 1, ADDRESS: 1 }), 0);
    });
  }
});

describe('usage in answers over the WebSocket of binance', () => {
  for (const name of ['binance', '@binance/spot']) {
    it(`is synced: ${name}`, async (t) => {
      const found = CASES.find((one) => one.name === name);
      assert.ok(found);
      const server = await listenToSockets((message) => ofBinance(message, false));
      t.after(server.close);
      const { client, order, stop } = await found.make(server.url);
      t.after(stop);
      const throttler = new MultiThrottler(binanceSpot.rules, { headers: binanceSpot.headers });
      const { calls, profile } = found;
      t.after(throttleClient(client, throttler, { profile, calls }).detach);
      await order();
      const { tokens, capacity } = throttler.getStatus().REQUEST_WEIGHT ?? {};
      assert.equal(Number(capacity) - Number(tokens), 777);
    });
  }
});

describe('timestamps in microseconds', () => {
  it('are renewed in their own unit', () => {
    const renewed = binanceSocketCalls.renew?.(
      'sendWSAPIRequest',
      ['mainWSAPI', 'order.place', { ...ORDER, timestamp: 1.7e15 }],
      6000,
    );
    assert.deepEqual(renewed?.[2], { ...ORDER, timestamp: 1.7e15 + 6_000_000 });
  });
});
