// The dashboard that the demo serves.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MultiThrottler, tokenBucket } from 'multi-throttler';
import { serveDashboard } from '../../../examples/bot/demo/dashboard.mjs';
import { readOptions } from '../../../examples/bot/demo/options.mjs';

test('the pages, their modules and the monitor are served, and commands need the token', async () => {
  const modes = {
    normal: { reserve: 0.01 },
    careful: { buffer: 0.3, reserve: 0.1 },
    liquidation: {},
  };
  const throttler = new MultiThrottler([tokenBucket({ id: 'a', capacity: 1, refillRate: 1 })], {
    modes,
  });
  const { show, close } = serveDashboard();
  try {
    const text = await show(throttler);
    const [, url = '', token = '', trading = ''] =
      /^Dashboard: (\S+)\/ \(token of its controls: (\w+)\)\nTrading page: (\S+)$/.exec(text) ?? [];
    const page = await (await fetch(`${url}/`)).text();
    assert.match(page, /<throttler-dashboard src="\/throttler">/);
    for (const module of ['dashboard.mjs', 'index.mjs']) {
      const response = await fetch(`${url}/package/${module}`);
      assert.equal(response.headers.get('content-type'), 'text/javascript; charset=utf-8');
      await response.arrayBuffer();
    }
    for (const path of [
      ...['/package/package.json', '/package/../package.json', '/other'],
      ...['/trading/main.tsx', '/trading/../server/serve.mjs'],
    ])
      assert.equal((await fetch(url + path)).status, 404, path);
    assert.equal(trading, `${url}/trading/`);
    assert.match(await (await fetch(trading)).text(), /<div id="root">/);
    const script = await fetch(`${trading}main.js`);
    assert.equal(script.headers.get('content-type'), 'text/javascript; charset=utf-8');
    assert.match(await script.text(), /throttler-dashboard/);
    const { serverTime } = /** @type {any} */ (await (await fetch(`${url}/api/v3/time`)).json());
    assert.equal(typeof serverTime, 'number');
    const { throttlers } = /** @type {any} */ (
      await (await fetch(`${url}/throttler/stats`)).json()
    );
    assert.equal(throttlers[0].reading.rules[0].id, 'a');
    const command = (/** @type {string} */ given) =>
      fetch(`${url}/throttler/mode`, {
        method: 'POST',
        headers: { authorization: `Bearer ${given}` },
        body: '{"mode":"careful"}',
      });
    assert.equal((await command('other')).status, 401);
    assert.equal((await command(token)).status, 200);
    assert.equal(throttler.mode, 'careful');
  } finally {
    close();
  }
});

test('--stay runs the throttled bot until it is ended', () => {
  const { stay, onlyThrottled, duration } = readOptions(['--stay']);
  assert.deepEqual([stay, onlyThrottled], [true, true]);
  assert.ok(duration > 86_400_000);
  assert.equal(readOptions([]).stay, false);
});
