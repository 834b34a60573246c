// throttledFetch in front of a throttler that processes share.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rollingWindow } from 'multi-throttler';
import { throttledFetch } from 'multi-throttler/exchange';
import { localThrottler } from 'multi-throttler/local';
import { expect, test } from 'vitest';

test('throttledFetch waits for the hub and reports to it', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-local-'));
  const rules = [rollingWindow({ id: 'a', limit: 10, interval: 600_000 })];
  const one = localThrottler({ key: 'k', folder, rules });
  const two = localThrottler({ key: 'k', folder, rules });
  try {
    const fetch = throttledFetch(one, {
      costs: () => ({ a: 2 }),
      fetch: async () => new Response('', { status: 429, headers: { 'retry-after': '60' } }),
      retries: 0,
    });
    expect((await fetch('https://exchange.test/')).status).toBe(429);
    // The refusal pauses the other process too.
    await two.ready;
    await two.estimate({ a: 1 });
    expect(two.getStats()).toMatchObject({ consecutive429: 1 });
    expect(await two.estimate({ a: 1 })).toBeGreaterThan(50_000);
  } finally {
    await Promise.all([one.close(), two.close()]);
    rmSync(folder, { recursive: true, force: true });
  }
});
