// The stream of events of a monitor.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, get as httpGet } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { MultiThrottler, tokenBucket } from 'multi-throttler';
import { createMonitorHandler, nodeListener } from 'multi-throttler/monitor';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bearer, EventReader, get } from './support.ts';

const rule = (id = 'a', capacity = 10) => tokenBucket({ id, capacity, refillRate: 0 });

describe('on virtual time', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  test('a stream starts with the state, and sends a new one within 250 ms', async () => {
    const throttler = new MultiThrottler([rule()]);
    const response = await get(createMonitorHandler(throttler), 'events');
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    const events = new EventReader(response);
    const used = async () => (await events.next())?.message.throttlers[0]?.reading?.rules[0]?.used;
    expect(await used()).toBe(0);
    for (let n = 0; n < 5; n++) await throttler.throttle({ a: 1 });
    vi.advanceTimersByTime(250);
    expect(await used()).toBe(5);
    await events.cancel();
  });

  test('an unchanged state is sent only as a heartbeat', async () => {
    const throttler = new MultiThrottler([rule()]);
    const events = new EventReader(await get(createMonitorHandler(throttler), 'events'));
    await events.next();
    vi.advanceTimersByTime(250);
    await events.next();
    const before = Date.now();
    const next = events.next().then(() => Date.now());
    for (let n = 0; n < 40; n++) await vi.advanceTimersByTimeAsync(250);
    expect((await next) - before).toBe(5000);
    await events.cancel();
  });

  test('a client that comes back gets the occurrences since its last event', async () => {
    const throttler = new MultiThrottler([rule()]);
    const handler = createMonitorHandler(throttler);
    await throttler.throttle({ a: 8 });
    const first = new EventReader(await get(handler, 'events'));
    const last = await first.next();
    await first.cancel();
    expect(last?.message.occurrences).toMatchObject([{ level: 0.75, seq: 1 }]);
    await throttler.throttle({ a: 1 });
    const again = async (headers: Record<string, string>, query = '') => {
      const events = new EventReader(await get(handler, `events${query}`, headers));
      const event = await events.next();
      await events.cancel();
      return event?.message.occurrences.map(({ seq }) => seq);
    };
    const id = last?.id ?? '';
    expect(await again({ 'last-event-id': id })).toEqual([2]);
    expect(await again({}, `?after=${id}`)).toEqual([2]);
    // One of an earlier run of the program, and one of no run at all.
    expect(await again({ 'last-event-id': 'run.99' })).toEqual([1, 2]);
    expect(await again({ 'last-event-id': 'x' })).toEqual([1, 2]);
  });

  test('a reader that does not read is cut off before it costs much memory', async () => {
    const throttler = new MultiThrottler(
      Array.from({ length: 50 }, (_, n) => rule(`a rule with a long name ${n}`, 1e9)),
    );
    const slow = await get(createMonitorHandler(throttler), 'events');
    const timers = vi.getTimerCount();
    let ticks = 0;
    for (; vi.getTimerCount() === timers && ticks < 1000; ticks++) {
      await throttler.throttle({ 'a rule with a long name 7': 1 });
      vi.advanceTimersByTime(250);
    }
    // Its stream was the only one, so the timer is gone too.
    expect(ticks).toBeGreaterThan(4);
    expect(ticks).toBeLessThan(100);
    await expect(slow.text()).rejects.toThrow('too slow');
  });

  test('there is a timer only while there is a stream', async () => {
    const handler = createMonitorHandler(new MultiThrottler([rule()]));
    expect(vi.getTimerCount()).toBe(0);
    const [first, second] = await Promise.all([get(handler, 'events'), get(handler, 'events')]);
    expect(vi.getTimerCount()).toBe(1);
    await first.body?.cancel();
    expect(vi.getTimerCount()).toBe(1);
    await second.body?.cancel();
    expect(vi.getTimerCount()).toBe(0);
  });

  test('close ends the streams, and later requests are 503', async () => {
    const handler = createMonitorHandler(new MultiThrottler([rule()]));
    const events = new EventReader(await get(handler, 'events'));
    await events.next();
    handler.close();
    handler.close();
    expect(await events.next()).toBeUndefined();
    expect(vi.getTimerCount()).toBe(0);
    expect((await get(handler, 'stats')).status).toBe(503);
  });

  test('the 101st stream is 503', async () => {
    const handler = createMonitorHandler(new MultiThrottler([rule()]));
    for (let n = 0; n < 100; n++) expect((await get(handler, 'events')).status).toBe(200);
    const refused = await get(handler, 'events');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
    handler.close();
  });
});

describe('on an http server of Node', () => {
  async function serve(throttler: MultiThrottler) {
    const handler = createMonitorHandler(throttler, { token: 'token' });
    const server = createServer(nodeListener(handler)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const close = () => {
      server.closeAllConnections();
      server.close();
    };
    return { url, handler, close };
  }

  test('state, events and commands pass', async () => {
    const throttler = new MultiThrottler([rule()], { modes: { burst: {} } });
    const { url, close } = await serve(throttler);
    const events = new EventReader(await fetch(`${url}/throttler/events`));
    expect((await events.next())?.message.throttlers[0]?.name).toBe('default');
    const mode = await fetch(`${url}/throttler/mode`, {
      method: 'POST',
      headers: bearer('token'),
      body: '{"mode":"burst"}',
    });
    expect(mode.status).toBe(200);
    expect((await events.next())?.message.occurrences).toMatchObject([{ mode: 'burst' }]);
    const crossSite = await fetch(`${url}/mode`, {
      method: 'POST',
      headers: { ...bearer('token'), origin: 'https://evil.example' },
      body: '{"mode":"normal"}',
    });
    expect(crossSite.status).toBe(403);
    await events.cancel();
    close();
  });

  test('a client that leaves ends its stream', async () => {
    const throttler = new MultiThrottler([rule()]);
    const { url, handler, close } = await serve(throttler);
    const leaving: AbortController[] = [];
    for (let n = 0; n < 100; n++) {
      const controller = new AbortController();
      leaving.push(controller);
      await fetch(`${url}/events`, { signal: controller.signal });
    }
    expect((await get(handler, 'events')).status).toBe(503);
    for (const controller of leaving) controller.abort();
    await vi.waitFor(async () => {
      const response = await get(handler, 'events');
      await response.body?.cancel();
      expect(response.status).toBe(200);
    }, 20_000);
    close();
  });

  test('a host that is no host is 400', async () => {
    const { url, close } = await serve(new MultiThrottler([]));
    const request = httpGet(`${url}/stats`, { headers: { host: 'a b' } });
    const [response] = await once(request, 'response');
    expect(response.statusCode).toBe(400);
    close();
  });

  test('a body that a framework has parsed is used', async () => {
    const throttler = new MultiThrottler([], { modes: { burst: {} } });
    const listener = nodeListener(createMonitorHandler(throttler, { token: 'token' }));
    const server = createServer((request, response) => {
      text(request).then((body) => {
        listener(Object.assign(request, { body: JSON.parse(body) }), response);
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const body = '{"mode":"burst"}';
    const url = `http://127.0.0.1:${port}/mode`;
    expect((await fetch(url, { method: 'POST', headers: bearer('token'), body })).status).toBe(200);
    expect(throttler.mode).toBe('burst');
    server.closeAllConnections();
    server.close();
  });

  test('an open stream keeps no process alive', async () => {
    const program = `
      import { createServer } from 'node:http';
      import { once } from 'node:events';
      import { MultiThrottler } from 'multi-throttler';
      import { createMonitorHandler, nodeListener } from 'multi-throttler/monitor';
      const handler = createMonitorHandler(new MultiThrottler([]));
      const direct = (await handler(new Request('http://localhost/events'))).body.getReader();
      await direct.read();
      const server = createServer(nodeListener(handler)).listen(0, '127.0.0.1');
      await once(server, 'listening');
      process.send(server.address().port);
      process.once('message', () => { process.disconnect(); server.close(); });
    `;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const [port] = await once(child, 'message');
    const events = new EventReader(await fetch(`http://127.0.0.1:${port}/events`));
    await events.next();
    child.send('end');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });
});
