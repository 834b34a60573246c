// Signals of a request, over HTTP against servers that never answer.

import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { throttledFetch } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';
import { refusal } from '../../support/helpers.ts';
import { run } from '../../support/script.ts';
import { serve } from '../../support/server.ts';

/**
 * Prints the name of the error with which a call rejects. Its signal times out after 300 ms; 100 ms
 * after the call all garbage is collected. Real timers, since those of the platform are under test.
 */
const collected = (call: string) =>
  run(
    `
    import { createServer } from 'node:http';
    import { rollingWindow } from 'multi-throttler';
    import { throttledFetch } from 'multi-throttler/exchange';
    const throttler = new MultiThrottler([rollingWindow({ id: 'W', limit: 1, interval: 60_000 })]);
    const send = throttledFetch(throttler, { costs: () => ({ W: 1 }) });
    const server = createServer(() => {}).listen(0, '127.0.0.1', async () => {
      const url = 'http://127.0.0.1:' + server.address().port;
      const watchdog = setTimeout(() => { print('never'); process.exit(); }, 5000);
      setTimeout(gc, 100);
      try { await (${call}); } catch (error) {
        print(error.name);
      }
      process.exit();
    });`,
    '--expose-gc',
  );

describe('a timeout after a garbage collection rejects', () => {
  const init = `{ method: 'POST', body: 'a=1', signal: AbortSignal.timeout(300) }`;
  test.each([
    ['a POST with a body', `send(url, ${init})`],
    ['a GET', 'send(url, { signal: AbortSignal.timeout(300) })'],
    // Node 20, 22 and 24 never reject a bare fetch of these.
    ['a Request', `send(new Request(url, ${init}))`],
    ['a Request with retries', `send(new Request(url, ${init}), {})`],
  ])('%s', (_, call) => {
    expect(collected(call)).toEqual(['TimeoutError']);
  });

  test('a request that waits', () => {
    const blocked = `(send(url).catch(() => {}), send(url, ${init}))`;
    expect(collected(blocked)).toEqual(['TimeoutError']);
  });
});

describe('a signal', () => {
  const server = serve();
  const throttler = () =>
    new MultiThrottler([rollingWindow({ id: 'W', limit: 10, interval: 60_000 })]);
  const options = { costs: () => ({ W: 1 }) };

  test('of init wins over that of the Request, and null means none', async () => {
    const send = throttledFetch(throttler(), options);
    const aborted = AbortSignal.abort(new Error('of the Request'));
    const request = () => new Request(server.url, { signal: aborted });
    expect((await refusal(send(request()))).message).toBe('of the Request');
    const own = AbortSignal.abort(new Error('of init'));
    expect((await refusal(send(request(), { signal: own }))).message).toBe('of init');
    expect((await send(request(), { signal: null })).status).toBe(200);
    expect(server.received).toHaveLength(1);
  });

  test('aborts a request in flight, also where fetch ignores signals', async () => {
    const controller = new AbortController();
    const send = throttledFetch(throttler(), { ...options, fetch: () => new Promise(() => {}) });
    const response = refusal(send(server.url, { signal: controller.signal }));
    setImmediate(() => controller.abort(new Error('enough')));
    expect((await response).message).toBe('enough');
  });

  test('aborts a body that has begun to come', async () => {
    server.answer = (response) => void response.write('begin');
    const controller = new AbortController();
    const response = await throttledFetch(throttler(), options)(server.url, {
      signal: controller.signal,
    });
    const text = refusal(response.text());
    controller.abort(new Error('enough'));
    expect((await text).message).toBe('enough');
  });

  test('aborts while the body is read for refusals', async () => {
    server.answer = (response) => void response.writeHead(200).write('{');
    const controller = new AbortController();
    const own = throttler();
    const fetch = async (...args: Parameters<typeof globalThis.fetch>) => {
      const response = await globalThis.fetch(...args);
      setImmediate(() => controller.abort(new Error('enough')));
      return response;
    };
    const send = throttledFetch(own, { ...options, fetch, body: () => undefined });
    expect((await refusal(send(server.url, { signal: controller.signal }))).message).toBe('enough');
    expect(own.getStatus().W?.tokens).toBe(9);
  });

  test('keeps no listener of requests that are done', async () => {
    const { signal } = new AbortController();
    const fetch = async () => new Response('{}');
    const added = vi.spyOn(signal, 'addEventListener');
    const removed = vi.spyOn(signal, 'removeEventListener');
    const send = throttledFetch(throttler(), { ...options, fetch, body: () => undefined });
    for (let i = 0; i < 5; i++) await send(server.url, { signal });
    expect(added).toHaveBeenCalledTimes(10);
    expect(removed.mock.calls).toEqual(added.mock.calls);
  });
});
