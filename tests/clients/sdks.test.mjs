// Each SDK under the list of its calls: waits, signatures, answers, errors, refunds.

import assert from 'node:assert/strict';
import { afterEach, describe, it, mock } from 'node:test';
import { Time } from '../simulator/time/time.mjs';
import { rig, throughPause, usageOf } from './support/rig.mjs';
import { installedVersion, SDKS, successOf } from './support/sdks.mjs';

/** Time in which exchanges accept a signature, ms. */
const RECV_WINDOW = 5000;

afterEach(() => mock.timers.reset());

for (const sdk of SDKS) {
  describe(sdk.name, () => {
    it('has the version that its list names', async () => {
      assert.equal(installedVersion(sdk.calls.package), sdk.calls.version);
    });

    it('signs after a pause that is longer than a signature is valid', async (t) => {
      mock.timers.enable({ apis: ['Date'], now: Date.now() });
      const time = new Time();
      const { signed, throttler, server } = await rig(t, sdk, {
        clock: time,
        answer: (received) =>
          received.age === undefined || received.age > RECV_WINDOW
            ? { status: 400, body: { code: -1021, msg: 'stale' } }
            : { body: successOf(sdk, received) },
      });
      await throughPause(throttler, time, signed);
      const [request] = server.received;
      assert.ok(Number(request?.age) < 1000, `signed ${request?.age} ms before`);
    });

    it('pays the cost of the profile, and reports each answer with its permit', async (t) => {
      const { open, signed, server, throttler, reports } = await rig(t, sdk);
      await open();
      await signed();
      assert.equal(server.received.length, 2);
      assert.deepEqual([...sdk.profile.costs.unknown.keys()], []);
      assert.deepEqual(
        reports.map(({ status, permit }) => [status, permit !== undefined]),
        [
          [200, true],
          [200, true],
        ],
      );
      assert.notDeepEqual(usageOf(throttler), {});
    });

    for (const status of [429, 418]) {
      it(`pauses after ${status}, and throws the error of the SDK as it is`, async (t) => {
        const answer = () => ({
          status,
          body: sdk.tooMany,
          headers: { 'retry-after': '3', date: 'Mon, 30 Nov 2026 12:00:00 GMT' },
        });
        const { open, server, throttler, reports, detach } = await rig(t, sdk, {
          answer,
          clock: new Time(),
        });
        const thrown = await rejection(open());
        const [report] = reports;
        assert.equal(reports.length, 1);
        assert.equal(report?.status, status);
        assert.ok(report?.permit);
        assert.equal(pauseOf(throttler, report), 3000);
        detach();
        assert.deepEqual(shapeOf(thrown), shapeOf(await rejection(open())));
        assert.equal(server.received.length, 2);
      });
    }

    it('is refunded for a call that sends nothing', async (t) => {
      const { signed, breakKey, server, throttler, reports } = await rig(t, sdk);
      breakKey();
      await rejection(signed());
      assert.deepEqual(usageOf(throttler), {});
      assert.deepEqual([server.received.length, reports.length], [0, 0]);
    });

    it('is as it was when the throttler is detached', async (t) => {
      const { client, open, server, throttler, detach } = await rig(t, sdk);
      const targets = sdk.calls.targets?.(client) ?? [client];
      detach();
      for (const target of targets) {
        for (const method of Object.keys(sdk.calls.calls)) {
          const isOwn = Object.hasOwn(/** @type {object} */ (target), method);
          assert.equal(isOwn, sdk.hasOwnMethods === true, method);
        }
      }
      await open();
      assert.equal(server.received.length, 1);
      assert.deepEqual(usageOf(throttler), {});
    });
  });
}

/** @param {Promise<unknown>} promise */
async function rejection(promise) {
  return promise.then(
    (value) => assert.fail(`resolved with ${JSON.stringify(value)}`),
    (error) => error,
  );
}

/**
 * The pause of the rules that a report is about, in milliseconds.
 *
 * @param {import('multi-throttler').MultiThrottler} throttler
 * @param {import('multi-throttler').Report | undefined} report
 */
function pauseOf(throttler, report) {
  const [rule = Object.keys(throttler.getStatus())[0] ?? ''] = report?.rules ?? [];
  return throttler.estimateWait({ [rule.replace('*', 'any')]: 1 });
}

/**
 * The class and the plain fields of an error.
 *
 * @param {any} error
 */
function shapeOf(error) {
  if (typeof error !== 'object') return error;
  const plain = Object.entries(error).filter(([, value]) =>
    ['string', 'number', 'boolean'].includes(typeof value),
  );
  return { class: error.constructor?.name, message: error.message, ...Object.fromEntries(plain) };
}
