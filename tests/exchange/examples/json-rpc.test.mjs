// The client of the guide on JSON-RPC, unchanged, against a simulated Deribit that closes a session
// whose credits are used up.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { MultiThrottler } from 'multi-throttler';
import { deribit } from 'multi-throttler/exchange';
import { Time } from '../../simulator/time/time.mjs';
import { chargeOf, TOO_MANY } from '../../simulator/venues/deribit.mjs';

const GUIDE = new URL('../../../docs/guides/json-rpc.md', import.meta.url);
/** Time that a message takes in each direction, ms. */
const DELAY = 20;

/** The first sample of the guide, as the body of a function. */
function sample() {
  const [, code = ''] = /^```js\n(.*?)^```$/ms.exec(readFileSync(GUIDE, 'utf8')) ?? [];
  return code.replaceAll(/^import .*\n/gm, '').replaceAll(/^export /gm, '');
}

/** A Deribit with the credits of one account, and the sockets that lead to it. */
function setUp() {
  const time = new Time();
  const counters = new Map();
  const exchange = { refused: 0, sessions: 0, accepted: /** @type {string[]} */ ([]) };

  /** @param {string} method */
  function respond(method) {
    const { id, make, cost } = chargeOf(method);
    const counter = counters.get(id) ?? make();
    counters.set(id, counter);
    const isAccepted = counter.fits(time.now(), cost);
    counter.add(time.now(), cost, isAccepted);
    if (isAccepted) exchange.accepted.push(method);
    else exchange.refused += 1;
    return isAccepted ? { result: { method } } : { error: TOO_MANY };
  }

  class Socket {
    onopen = () => {};
    onclose = () => {};
    onmessage = (/** @type {{ data: string }} */ _event) => {};
    isOpen = true;

    constructor() {
      exchange.sessions += 1;
      time.setTimeout(() => this.onopen(), DELAY);
    }

    /** @param {string} text */
    send(text) {
      if (!this.isOpen) return;
      const { id, method } = JSON.parse(text);
      time.setTimeout(() => {
        const answer = respond(method);
        time.setTimeout(() => {
          this.onmessage({ data: JSON.stringify({ jsonrpc: '2.0', id, ...answer }) });
          if ('error' in answer) this.#close();
        }, DELAY);
      }, DELAY);
    }

    #close() {
      this.isOpen = false;
      this.onclose();
    }
  }

  class Throttler extends MultiThrottler {
    /** @param {readonly import('multi-throttler').Rule[]} rules */
    constructor(rules) {
      super(rules, { clock: time });
    }
  }

  const client = new Function(
    'MultiThrottler',
    'deribit',
    'WebSocket',
    `${sample()}return { call };`,
  );
  const { call } = client(Throttler, deribit, Socket);
  /** Uses up the credits of the matching engine, as another program of the account does. */
  const useUp = () => {
    while (respond('private/buy').error === undefined);
    exchange.refused = 0;
  };
  return { time, exchange, call, useUp };
}

describe('the client of the guide on JSON-RPC', () => {
  it('is refused nothing, and gets what the credits allow', async () => {
    const { time, exchange, call } = setUp();
    const methods = ['public/subscribe', 'private/buy', 'private/get_positions', 'public/ticker'];
    const calls = methods.flatMap((method) => Array.from({ length: 60 }, () => call(method)));
    const results = await time.until(Promise.all(calls));
    assert.deepEqual([exchange.refused, exchange.sessions, results.length], [0, 1, 240]);
    // 50 of 60 subscriptions go beyond the burst of 10, at 3.33 a second.
    assert.ok(time.now() < 15_600, `${time.now()} ms`);
  });

  it('connects anew after a refusal, and waits for its pause', async () => {
    const { time, exchange, call, useUp } = setUp();
    await time.until(call('private/buy'));
    useUp();
    const refused = call('private/buy').catch((/** @type {Error} */ error) => error);
    const { code } = await time.until(refused);
    assert.deepEqual([code, exchange.refused], [10028, 1]);
    const paused = time.now();
    await time.until(call('private/buy'));
    assert.ok(time.now() - paused >= 1900, `${time.now() - paused} ms`);
    assert.deepEqual([exchange.sessions, exchange.refused], [2, 1]);
  });

  it('rejects calls that have no answer when the session ends', async () => {
    const { time, call, useUp } = setUp();
    await time.until(call('private/buy'));
    useUp();
    const [first, second] = ['private/buy', 'private/get_positions'].map((method) =>
      call(method).catch((/** @type {Error} */ error) => error.message),
    );
    assert.equal(await time.until(/** @type {Promise<string>} */ (first)), 'too_many_requests');
    assert.equal(
      await time.until(/** @type {Promise<string>} */ (second)),
      'the session has ended',
    );
  });
});
