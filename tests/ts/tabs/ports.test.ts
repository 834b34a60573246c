// Throttlers over message ports, and throttlers without Web Locks: Node has none of a page's.

import { EventEmitter } from 'node:events';
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { concurrency, type Permit, rollingWindow } from 'multi-throttler';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { portThrottler, type TabOptions, tabThrottler } from '../../../ts/tabs/index.ts';
import { refusal, thrown } from '../support/helpers.ts';

const rules = [
  rollingWindow({ id: 'a', limit: 10, interval: 600_000 }),
  concurrency({ id: 's', limit: 2 }),
];
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

/** A throttler of this program alone, with the errors that it has told. */
function alone(options: Partial<TabOptions> = {}) {
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const throttler = tabThrottler({ key: 'k', rules, withoutLocks: 'alone', onError, ...options });
  ending.push(() => throttler.close());
  return { throttler, errors };
}

function over(port: MessagePort, given: object[] = rules) {
  const throttler = portThrottler({ port, rules: given as typeof rules });
  ending.push(() => throttler.close());
  return throttler;
}

function pair() {
  const { throttler } = alone();
  const { port1, port2 } = new MessageChannel();
  const stop = throttler.serve(port1);
  return { owner: throttler, member: over(port2), stop, port1, port2 };
}

describe('without Web Locks', () => {
  test('an error says what is missing', () => {
    expect(thrown(() => tabThrottler({ key: 'k', rules }))).toMatchObject({ code: 'NEEDS_LOCKS' });
    const wrong = { key: 'k', rules, withoutLocks: 'yes' as 'throw' };
    expect(thrown(() => tabThrottler(wrong))).toMatchObject({ field: 'withoutLocks' });
  });

  test('a throttler that is to work alone does, and tells it once', async () => {
    const { throttler, errors } = alone();
    await throttler.throttle({ a: 10 });
    expect((await refusal(throttler.throttle({ a: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
    expect(throttler.getStatus().a).toMatchObject({ tokens: 0 });
    expect(throttler.getStats().shared).toMatchObject({ isHub: true, members: 1 });
    expect(errors).toEqual([expect.objectContaining({ code: 'NEEDS_LOCKS' })]);
    // Another page has limits of its own.
    await alone().throttler.throttle({ a: 10 });
  });
});

describe('a throttler over a port', () => {
  test('shares the limits of the one that serves it', async () => {
    const { owner, member } = pair();
    await Promise.all([owner.throttle({ a: 4 }), member.throttle({ a: 5 })]);
    await owner.throttle({ a: 1 });
    expect((await refusal(member.throttle({ a: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
    expect(member.getStats().shared).toMatchObject({ isHub: false, isConnected: true, members: 2 });
    await member.pause({ ms: 1 });
  });

  test('gives its permits back when its program ends', async () => {
    const { owner, member } = pair();
    await member.acquire({ s: 2 });
    const next = owner.acquire({ s: 1 });
    await member.close();
    await next;
  });

  test('holds permits until it releases them', async () => {
    const { owner, member } = pair();
    const permit: Permit = await member.acquire({ s: 2 });
    expect((await refusal(owner.acquire({ s: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
    permit.release();
    await owner.acquire({ s: 1 });
  });

  test('rejects when the program of the hub has ended', async () => {
    const { member, stop } = pair();
    await member.throttle({ a: 10 });
    const waiting = refusal(member.throttle({ a: 1 }));
    stop();
    expect((await waiting).code).toBe('PORT_CLOSED');
    expect((await refusal(member.throttle({ a: 1 }))).code).toBe('PORT_CLOSED');
  });

  test('waits until its port is served', async () => {
    const { throttler } = alone();
    const { port1, port2 } = new MessageChannel();
    const member = over(port2);
    const first = member.throttle({ a: 1 });
    throttler.serve(port1);
    await first;
  });

  test('rejects where the rules differ', async () => {
    const { throttler } = alone();
    const { port1, port2 } = new MessageChannel();
    throttler.serve(port1);
    const member = over(port2, rules.slice(1));
    expect(await refusal(member.throttle({ a: 1 }))).toMatchObject({
      code: 'RULES_DIFFER',
      rule: 'a',
    });
  });

  test('names what is wrong with its port', () => {
    const { throttler } = alone();
    for (const port of [undefined, {}, { postMessage() {}, close() {} }]) {
      expect(thrown(() => throttler.serve(port as never))).toMatchObject({ field: 'port' });
      expect(thrown(() => portThrottler({ port: port as never, rules }))).toMatchObject({
        field: 'port',
      });
    }
    const { port1, port2 } = new MessageChannel();
    ending.push(() => port1.close());
    expect(thrown(() => over(port2).serve(port1)).code).toBe('CANNOT_SERVE');
  });

  test('has its port for itself', async () => {
    const { owner, member, port1, port2 } = pair();
    await member.throttle({ a: 1 });
    for (const again of [() => owner.serve(port1), () => over(port2)])
      expect(thrown(again)).toMatchObject({ field: 'port' });
    await member.throttle({ a: 2 });
    await owner.refresh();
    expect(owner.getStatus().a).toMatchObject({ tokens: 7 });
  });

  test('works over ports of Electron, which emit messages within events', async () => {
    const { throttler } = alone();
    const [near, far] = electronPorts();
    throttler.serve(near);
    const member = over(far as unknown as MessagePort);
    await member.throttle({ a: 3 });
    const held = await member.acquire({ s: 2 });
    near.close();
    expect((await refusal(member.throttle({ a: 1 }))).code).toBe('PORT_CLOSED');
    held.release();
    await throttler.acquire({ s: 2 });
  });
});

describe('ports that do not tell their end', () => {
  test('a side that answers three heartbeats no more has ended', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    ending.push(() => vi.useRealTimers());
    const { throttler } = alone();
    const [near, far] = silentPorts();
    throttler.serve(near);
    const member = over(far as unknown as MessagePort);
    await member.acquire({ s: 2 });
    const next = throttler.acquire({ s: 1 });
    // It lives, and answers.
    for (let beat = 0; beat < 5; beat++) await vi.advanceTimersByTimeAsync(10_000);
    expect(throttler.getQueueLength()).toBe(1);
    far.isDead = true;
    for (let beat = 0; beat < 4; beat++) await vi.advanceTimersByTimeAsync(10_000);
    await next;
  });

  test('rejects when the one that serves it is closed', async () => {
    const { throttler } = alone();
    const [near, far] = silentPorts();
    throttler.serve(near);
    const member = over(far as unknown as MessagePort);
    await member.throttle({ a: 10 });
    const waiting = refusal(member.throttle({ a: 1 }));
    await throttler.close();
    expect((await waiting).code).toBe('PORT_CLOSED');
  });
});

/** A port of an older browser: there is no event of its end. */
class SilentPort {
  other: SilentPort | undefined;
  isDead = false;
  #listener: (event: { data: unknown }) => void = () => {};

  addEventListener(name: string, listener: (event: { data: unknown }) => void): void {
    if (name === 'message') this.#listener = listener;
  }

  postMessage(message: unknown): void {
    const { other } = this;
    queueMicrotask(() => {
      if (other !== undefined && !other.isDead && !this.isDead) other.#listener({ data: message });
    });
  }

  close(): void {}
}

function silentPorts(): [SilentPort, SilentPort] {
  const [a, b] = [new SilentPort(), new SilentPort()];
  a.other = b;
  b.other = a;
  return [a, b];
}

/** Ports with the events and methods of `MessagePortMain`. */
class ElectronPort extends EventEmitter {
  other: ElectronPort | undefined;
  #isStarted = false;
  readonly #queue: unknown[] = [];

  postMessage(message: unknown): void {
    this.other?.receive(structuredClone(message));
  }

  start(): void {
    this.#isStarted = true;
    for (const message of this.#queue.splice(0)) this.receive(message);
  }

  receive(message: unknown): void {
    if (this.#isStarted) setImmediate(() => this.emit('message', { data: message, ports: [] }));
    else this.#queue.push(message);
  }

  close(): void {
    const { other } = this;
    this.other = undefined;
    if (other === undefined) return;
    other.other = undefined;
    setImmediate(() => {
      this.emit('close');
      other.emit('close');
    });
  }
}

function electronPorts(): [ElectronPort, ElectronPort] {
  const [a, b] = [new ElectronPort(), new ElectronPort()];
  a.other = b;
  b.other = a;
  return [a, b];
}
