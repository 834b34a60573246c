// Bodies of responses, over HTTP: only short texts are read for refusals.

import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { type AnyFetch, bybit, throttledFetch } from 'multi-throttler/exchange';
import { describe, expect, test, vi } from 'vitest';
import { reactions } from '../../support/clock.ts';
import { serve } from '../../support/server.ts';

const server = serve();

function setUp(fetch?: AnyFetch) {
  const throttler = new MultiThrottler([rollingWindow({ id: 'W', limit: 100, interval: 1000 })]);
  return throttledFetch(throttler, {
    costs: () => ({ W: 1 }),
    body: bybit.body,
    retries: 0,
    fetch,
  });
}

describe('a response is returned before its body has come', () => {
  test.each([
    ['an event stream', { 'content-type': 'text/event-stream' }, 'data: {"retCode":10006}\n\n'],
    ['lines of JSON', { 'content-type': 'application/x-ndjson' }, '{"retCode":10006}\n'],
    ['an archive', { 'content-type': 'application/zip' }, 'PK'],
    ['JSON that is announced as long', { 'content-length': '10001' }, '{"retCode":10006,'],
    ['JSON that turns out to be long', {}, `{"retCode":10006,${' '.repeat(10_000)}`],
  ])('%s', async (_, headers, beginning) => {
    server.answer = (response) => {
      response.writeHead(200, { 'content-type': 'application/json', ...headers });
      response.write(beginning);
    };
    const response = await setUp()(server.url);
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    expect(Buffer.from((await reader.read()).value as Uint8Array).toString()).toContain(
      beginning.slice(0, 10),
    );
    await reader.cancel();
  });
});

test('a short text is read, and can be read again', async () => {
  server.answer = (response) => void response.end('{"retCode":10006}');
  const response = await setUp()(server.url);
  expect(await response.json()).toEqual({ retCode: 10006 });
});

test('a compressed text is read as what it is', async () => {
  server.answer = (response) => {
    response.writeHead(200, { 'content-encoding': 'gzip' });
    response.end(gzipSync('{"retCode":10006}'));
  };
  expect(await (await setUp()(server.url)).json()).toEqual({ retCode: 10006 });
});

test('a body that stalls holds its response up for five seconds', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  try {
    let rest: (() => void) | undefined;
    const stream = new ReadableStream({
      start(controller) {
        controller.enqueue(Buffer.from('{"retCode":'));
        rest = () => {
          controller.enqueue(Buffer.from('0}'));
          controller.close();
        };
      },
    });
    const waiting = setUp(async () => new Response(stream))(server.url);
    let isBack = false;
    waiting.then(() => {
      isBack = true;
    });
    await vi.advanceTimersByTimeAsync(4999);
    expect(isBack).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    const response = await waiting;
    rest?.();
    expect(await response.text()).toBe('{"retCode":0}');
    expect(vi.getTimerCount()).toBe(0);
  } finally {
    vi.useRealTimers();
  }
});

test('a body that breaks off breaks for its reader alone', async () => {
  server.answer = (response) => {
    response.writeHead(200, { 'content-length': '100' }).write('{');
    setImmediate(() => response.destroy());
  };
  const response = await setUp()(server.url);
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow();
});

test('a download is not read ahead of its reader', async () => {
  const MEGABYTE = Buffer.alloc(1024 * 1024, ' ');
  let megabytes = 0;
  server.answer = (response) => {
    response.setHeader('content-type', 'application/json');
    const chunks = (function* () {
      for (; megabytes < 100; megabytes++) yield MEGABYTE;
    })();
    Readable.from(chunks).pipe(response);
  };
  const response = await setUp()(server.url);
  // Enough turns for all of it, were it not for buffers that are full.
  for (let turn = 0; turn < 2000; turn++) await reactions();
  expect(megabytes).toBeLessThan(50);
  let bytes = 0;
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>)
    bytes += chunk.length;
  expect(bytes).toBe(100 * 1024 * 1024);
});
