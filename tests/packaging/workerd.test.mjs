// Throttlers in Cloudflare Workers. There, timers belong to the request in whose context they were
// set and end with it. A request whose context has nothing left to wait for is answered with 500.
// Before the first request both clocks read 0.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { install } from './project.mjs';
import { serveWorker } from './workerd.mjs';

const project = install();
const file = join(project.fixture('workerd'), 'worker.js');
after(project.remove);

/**
 * Compatibility dates, by what they bring. Each has more than the one before.
 * @type {Record<string, string>}
 */
const DATES = {
  'promises continue in the context that settles them': '2024-01-01',
  'promises continue in their own context': '2025-01-01',
  'there is WeakRef': '2026-01-01',
};

/** Milliseconds after which what an ended context has left behind must be gone. */
const PATIENCE = 30_000;

/**
 * An answer of `fixtures/workerd/worker.js`.
 * @typedef {object} Answer
 * @property {number} status
 * @property {any} body
 */

for (const [about, date] of Object.entries(DATES)) {
  describe(`${date}: ${about}`, { concurrency: true }, () => {
    /** @type {import('./workerd.mjs').Served} */
    let worker;
    before(async () => {
      worker = await serveWorker(file, { project: project.folder, date, objects: 'Limiter' });
    });
    after(async () => {
      await worker.close();
      // That a context hung, or used what belongs to another.
      assert.equal(worker.errors(), '');
    });

    /** @param {string} path @returns {Promise<Answer>} */
    async function get(path) {
      const response = await fetch(`${worker.url}/${path}`);
      const text = await response.text();
      return { status: response.status, body: response.status === 500 ? text : JSON.parse(text) };
    }

    /**
     * Resolves when the answer to a request has these properties.
     * @param {string} path
     * @param {object} expected
     */
    async function becomes(path, expected) {
      const end = Date.now() + PATIENCE;
      for (;;) {
        const { body } = await get(path);
        const found = Object.fromEntries(Object.keys(expected).map((key) => [key, body[key]]));
        if (JSON.stringify(found) === JSON.stringify(expected)) return;
        if (Date.now() > end) assert.deepEqual(found, expected);
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    }

    test('nothing of the module happened in 1970', async () => {
      const { body } = await get('none/module');
      assert.deepEqual(body.clocks, [0, 0]);
      // A thousandth of a token for each millisecond since the first request.
      assert.ok(body.tokens < 100, `${body.tokens} tokens`);
      assert.ok(body.wait > 3_000_000 && body.wait <= 3_600_000, `${body.wait} ms`);
      assert.equal(body.mode, 'careful');
    });

    test('a module cannot wait, and is told so', async () => {
      const { body } = await get('none/module');
      assert.match(body.error, /Disallowed operation called within global scope/);
      assert.equal(body.waiting, 0);
    });

    test('three handlers wait for the same limit', async () => {
      const start = Date.now();
      const answers = [await get('window/throttle')];
      const later = await Promise.all(
        [0, 70, 140].map(async (ms) => {
          await new Promise((resolve) => setTimeout(resolve, ms));
          return get('window/throttle');
        }),
      );
      answers.push(...later);
      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200, 200, 200],
      );
      const times = answers.map(({ body }) => body.at).sort((a, b) => a - b);
      // A handler reads the time after its grant, and the first grant comes after `start`.
      for (const [n, at] of times.entries())
        assert.ok(at >= start + 700 * n, `${times.map((time) => time - start)}`);
      await becomes('window/status', { waiting: 0 });
    });

    test('a request that is left behind by its context leaves the queue', async () => {
      await get('slow-left/throttle');
      assert.equal((await get('slow-left/leave')).body.waiting, 1);
      await becomes('slow-left/status', { waiting: 0 });
    });

    test('a permit that is left behind by its context is released', async () => {
      await get('slots-kept/keep');
      assert.equal((await get('slots-kept/status')).body.tokens, 0);
      // It waits for the permit.
      assert.equal((await get('slots-kept/run?ms=1')).status, 200);
      assert.equal((await get('slots-kept/status')).body.tokens, 1);
    });

    for (const where of ['module', 'Durable Object']) {
      const inObject = where === 'module' ? '' : 'object&';
      /** @param {string} path @param {string} [options] */
      const ask = (path, options = '') => get(`${path}?${inObject}${options}`);

      /** Resolves when so many requests wait. @param {string} name @param {number} waiting */
      const wait = (name, waiting) => becomes(`${name}/status?${inObject}`, { waiting });

      describe(`throttlers of a ${where}`, { concurrency: true }, () => {
        test('a hundred requests at once', async () => {
          const start = Date.now();
          const answers = await Promise.all(
            Array.from({ length: 100 }, () => ask('fast-100/throttle')),
          );
          assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([200]));
          const times = answers.map(({ body }) => body.at).sort((a, b) => a - b);
          for (const [n, at] of times.entries())
            assert.ok(at >= start + 20 * n, `${times.map((time) => time - start)}`);
        });

        test('another request resumes', async () => {
          await ask('fast-paused/pause');
          const answers = Promise.all([1, 2, 3].map(() => ask('fast-paused/throttle')));
          await wait('fast-paused', 3);
          await ask('fast-paused/resume');
          assert.deepEqual(
            (await answers).map(({ status }) => status),
            [200, 200, 200],
          );
        });

        test('another request clears', async () => {
          await ask('slow-cleared/throttle');
          const answers = Promise.all([1, 2].map(() => ask('slow-cleared/throttle')));
          await wait('slow-cleared', 2);
          assert.deepEqual((await ask('slow-cleared/clear')).body, { cleared: 2 });
          for (const { status, body } of await answers) {
            assert.deepEqual([status, body.message], [503, 'cleared']);
          }
        });

        test('another request releases a permit', async () => {
          const answers = await Promise.all([1, 2, 3].map(() => ask('slots-shared/run', 'ms=100')));
          const waited = answers.map(({ body }) => body.waited).sort((a, b) => a - b);
          assert.ok(waited[0] < waited[1] && waited[1] + 50 < waited[2], `${waited}`);
        });

        test('a signal aborts', async () => {
          await ask('slow-aborted/throttle');
          const { status, body } = await ask('slow-aborted/throttle', 'timeout=100');
          assert.deepEqual([status, body.name], [503, 'TimeoutError']);
          await wait('slow-aborted', 0);
        });

        test('maxWait passes', async () => {
          await ask('fast-bounded/pause');
          const { status, body } = await ask('fast-bounded/throttle', 'ms=100');
          assert.deepEqual([status, body.code], [503, 'WAIT_TIMEOUT']);
          await wait('fast-bounded', 0);
        });

        test('a request goes on after its response', async () => {
          const first = ask('slots-later/run', 'ms=1000');
          await becomes(`slots-later/status?${inObject}`, { tokens: 0 });
          assert.equal((await ask('slots-later/later')).body.waiting, 1);
          assert.equal((await first).status, 200);
          await becomes(`slots-later/status?${inObject}`, { waiting: 0, tokens: 1 });
        });

        test('a handler awaits idle()', async () => {
          await ask('fast-idle/pause');
          const answers = [1, 2].map(() => ask('fast-idle/throttle'));
          await wait('fast-idle', 2);
          const idle = ask('fast-idle/idle');
          await ask('fast-idle/resume');
          assert.deepEqual(await idle, { status: 200, body: { waiting: 0 } });
          await Promise.all(answers);
        });
      });
    }
  });
}
