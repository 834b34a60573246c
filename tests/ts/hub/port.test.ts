import { expect, test } from 'vitest';
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
