import { expect, test, vi } from 'vitest';
import { portPair } from '../../../ts/hub/port.ts';

test('two ports in a loop leave time for other tasks', async () => {
  const [near, far] = portPair();
  let rounds = 0;
  far.onMessage = (message) => far.post(message);
  near.onMessage = (message) => {
    rounds += 1;
    near.post(message);
  };
  near.post('ball');
  await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
  expect(rounds).toBeLessThan(10);
  near.close();
  await new Promise<void>((resolve) => {
    far.onClose = resolve;
  });
});

test('messages arrive without setImmediate and MessageChannel, as in jsdom', async () => {
  vi.stubGlobal('setImmediate', undefined);
  vi.stubGlobal('MessageChannel', undefined);
  try {
    const [near, far] = portPair();
    const received: unknown[] = [];
    const ended = new Promise<void>((resolve) => {
      far.onClose = resolve;
    });
    far.onMessage = (message) => received.push(message);
    near.post(1);
    near.post(2);
    expect(received).toEqual([]);
    near.close();
    await ended;
    expect(received).toEqual([1, 2]);
  } finally {
    vi.unstubAllGlobals();
  }
});
