// The commands of a monitor, and who may give them.

import { MultiThrottler, tokenBucket } from 'multi-throttler';
import { createMonitorHandler, type MonitorOptions } from 'multi-throttler/monitor';
import { expect, onTestFinished, test, vi } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { bearer, get, post } from './support.ts';

const TOKEN = 'a long and random token';

function setUp(options: MonitorOptions = { token: TOKEN }) {
  const rules = ['a', 'b'].map((id) => tokenBucket({ id, capacity: 10, refillRate: 0.01 }));
  const modes = { burst: { buffer: 0.1 } };
  const throttler = new MultiThrottler(rules, { clock: new VirtualClock(), modes });
  return { throttler, handler: createMonitorHandler(throttler, { modes, ...options }) };
}

async function error(response: Response): Promise<[number, string]> {
  return [response.status, ((await response.json()) as { error: string }).error];
}

test('mode, pause and resume do so, and answer with the new state', async () => {
  const { throttler, handler } = setUp();
  const command = async (path: string, body: object) =>
    (await post(handler, path, body, bearer(TOKEN))).json();
  expect(await command('mode', { mode: 'burst', ms: 1000 })).toMatchObject({
    isAuthorized: true,
    throttlers: [{ reading: { mode: 'burst', modeEndsAt: expect.any(Number) } }],
  });
  expect(throttler.mode).toBe('burst');
  await command('pause', { ms: 1000, rules: ['b'] });
  expect(throttler.tryThrottle({ a: 1 })).toBe(true);
  expect(throttler.tryThrottle({ b: 1 })).toBe(false);
  await command('resume', { rules: ['b'] });
  expect(throttler.tryThrottle({ b: 1 })).toBe(true);
  await command('pause', {});
  expect(throttler.getStats().pausedUntil).toBe(Number.POSITIVE_INFINITY);
  const resumed = await post(handler, 'resume', '', bearer(TOKEN));
  expect(resumed.status).toBe(200);
  expect(throttler.getStats().pausedUntil).toBeNull();
});

test('a command without the token is 401, and any is 403 where there is none', async () => {
  const { throttler, handler } = setUp();
  for (const headers of [{}, bearer('a long and random tokeN'), bearer(''), bearer(`${TOKEN}x`)]) {
    const response = await post(handler, 'mode', { mode: 'burst' }, headers);
    expect(response.headers.get('www-authenticate')).toBe('Bearer');
    expect(await error(response)).toEqual([401, expect.stringContaining('token')]);
  }
  const open = setUp({});
  expect(await error(await post(open.handler, 'mode', { mode: 'burst' }, bearer('')))).toEqual([
    403,
    'this monitor takes no commands: it was made without a token',
  ]);
  expect([throttler.mode, open.throttler.mode]).toEqual(['normal', 'normal']);
});

test.each([
  [{ 'sec-fetch-site': 'cross-site' }, 403],
  [{ 'sec-fetch-site': 'same-site' }, 403],
  [{ 'sec-fetch-site': 'same-origin', origin: 'https://outside.example' }, 200],
  [{ origin: 'https://evil.example' }, 403],
  [{ origin: 'null' }, 403],
  [{ origin: 'http://127.0.0.1:8081' }, 403],
  [{ origin: 'http://127.0.0.1:8080' }, 200],
  [{ origin: 'https://desk.example', 'sec-fetch-site': 'cross-site' }, 200],
  [{}, 200],
])('a command from %j is %i, with the token', async (headers, status) => {
  const { handler } = setUp({ token: TOKEN, origin: 'https://desk.example' });
  const response = await post(handler, 'pause', {}, { ...bearer(TOKEN), ...headers });
  expect(response.status).toBe(status);
});

test.each([
  ['mode', { mode: 'none' }, 'mode must be the name of a mode that was configured'],
  ['mode', { mode: 7 }, 'mode must be the name of a mode, as a text'],
  ['mode', {}, 'mode must be the name of a mode, as a text'],
  ['mode', { mode: 'burst', ms: -1 }, 'must be'],
  ['mode', { mode: 'burst', ms: '9' }, 'ms must be a number of milliseconds'],
  ['mode', { mode: 'burst', durationMs: 9 }, 'unknown field "durationMs" for mode'],
  ['mode', { mode: 'burst', throttler: 'other' }, 'throttler must be one of default'],
  ['pause', { rules: ['x'] }, 'Unknown throttle rule: x'],
  ['pause', { rules: 'a' }, 'rules must be an array of rule ids'],
  ['pause', { ms: null }, 'ms must be a number of milliseconds'],
  ['resume', { ms: 5 }, 'unknown field "ms" for resume; known fields: throttler, rules'],
  ['pause', 'no JSON', 'the body is no JSON'],
  ['pause', '[1]', 'the body must be a JSON object'],
  ['pause', '{"__proto__": {"ms": 5}}', 'unknown field "__proto__"'],
])('%s of %j is 400 with a reason', async (path, body, reason) => {
  const { throttler, handler } = setUp();
  const [status, text] = await error(await post(handler, path, body, bearer(TOKEN)));
  expect([status, text]).toEqual([400, expect.stringContaining(reason)]);
  expect(throttler.mode).toBe('normal');
  expect(throttler.getStats().pausedUntil).toBeNull();
});

test('a body that is too large is 413, and a closed throttler 409', async () => {
  const { throttler, handler } = setUp();
  const large = JSON.stringify({ rules: ['a'.repeat(70_000)] });
  expect((await post(handler, 'pause', large, bearer(TOKEN))).status).toBe(413);
  throttler.close();
  expect((await post(handler, 'pause', {}, bearer(TOKEN))).status).toBe(409);
});

test('one of several throttlers is commanded by its name', async () => {
  const make = () => new MultiThrottler([], { modes: { burst: {} } });
  const throttlers = { spot: make(), futures: make() };
  const handler = createMonitorHandler(throttlers, { token: TOKEN });
  const unnamed = await post(handler, 'mode', { mode: 'burst' }, bearer(TOKEN));
  expect(await error(unnamed)).toEqual([400, 'throttler must be one of spot, futures']);
  await post(handler, 'mode', { throttler: 'futures', mode: 'burst' }, bearer(TOKEN));
  expect([throttlers.spot.mode, throttlers.futures.mode]).toEqual(['normal', 'burst']);
});

test('no answer may be cached, and only allowed sites may read one', async () => {
  const { handler } = setUp({ token: TOKEN, origin: ['https://desk.example'] });
  for (const path of ['stats', 'metrics', 'events', 'nothing', 'mode']) {
    const { headers, body } = await get(handler, path, { origin: 'https://desk.example' });
    expect(headers.get('cache-control')).toBe('no-store');
    expect(headers.get('access-control-allow-origin')).toBe('https://desk.example');
    await body?.cancel();
    const other = await get(handler, path, { origin: 'https://evil.example' });
    expect(other.headers.get('access-control-allow-origin')).toBeNull();
    await other.body?.cancel();
  }
  const preflight = await handler(
    new Request('http://127.0.0.1/mode', {
      method: 'OPTIONS',
      headers: { origin: 'https://desk.example', 'access-control-request-method': 'POST' },
    }),
  );
  expect(preflight.headers.get('access-control-allow-methods')).toBe('POST');
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization');
});

test('unknown paths are 404, and other methods 405', async () => {
  const { handler } = setUp();
  expect((await get(handler, '')).status).toBe(404);
  expect((await get(handler, 'constructor')).status).toBe(404);
  expect((await get(handler, 'mode')).headers.get('allow')).toBe('POST, OPTIONS');
  expect((await post(handler, 'stats', {}, bearer(TOKEN))).status).toBe(405);
  expect((await get(handler, 'stats/')).status).toBe(200);
});

test.each([
  [{ token: '' }, 'token'],
  [{ token: 5 }, 'token'],
  [{ origin: 'desk.example' }, 'origin'],
  [{ origin: 'https://desk.example/' }, 'origin'],
  [{ modes: 'burst' }, 'modes'],
  [{ registry: {} }, 'registry'],
  [{ tokn: 'x' }, 'unknown field "tokn" for options of a monitor'],
])('the options %j are rejected', (options, name) => {
  const make = () => createMonitorHandler(new MultiThrottler([]), options as MonitorOptions);
  expect(make).toThrow(name);
});

test.each([[{}], [null], [7], [{ a: {} }]])('%j is no throttler', (value) => {
  expect(() => createMonitorHandler(value as never)).toThrow(/a throttler, or several by name/);
});

test('GET metrics answers with the registry that was given', async () => {
  const registry = { contentType: 'text/plain; version=0.0.4', metrics: async () => 'a 1\n' };
  const { handler } = setUp({ registry });
  const response = await get(handler, 'metrics');
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4');
  expect(await response.text()).toBe('a 1\n');
  expect((await get(setUp().handler, 'metrics')).status).toBe(404);
});

test.each(['x', TOKEN.slice(0, -1), `${TOKEN}!`, `!${TOKEN.slice(1)}`, TOKEN.repeat(1000)])(
  'a wrong token is compared by digests of equal length, whatever it has in common: %#',
  async (given) => {
    const { handler } = setUp();
    const digest = vi.spyOn(crypto.subtle, 'digest');
    onTestFinished(() => digest.mockRestore());
    const response = await post(handler, 'resume', {}, bearer(given));
    expect(response.status).toBe(401);
    expect(digest).toHaveBeenCalledTimes(2);
    const results = digest.mock.settledResults.map(
      ({ value }) => (value as ArrayBuffer).byteLength,
    );
    expect(results).toEqual([32, 32]);
  },
);
