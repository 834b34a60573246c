// All requests of the page go through this worker. Browsers slow down timers of hidden tabs, to one
// firing per second or minute, but not those of workers.

import { MultiThrottler, rollingWindow } from 'multi-throttler';

const throttler = new MultiThrottler([rollingWindow({ id: 'REQUESTS', limit: 5, interval: 500 })]);

addEventListener('message', async ({ data: { id, what } }) => {
  const granted = await throttler.run({ REQUESTS: 1 }, ({ waited }) => {
    // A real worker would send the request here and return its response.
    return `${what} after ${Math.round(waited)} ms`;
  });
  postMessage({ id, answer: granted, waiting: throttler.getQueueLength() });
});
