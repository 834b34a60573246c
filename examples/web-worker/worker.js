// All requests of the page go through this worker. Browsers slow down the timers of tabs that nobody looks at, to one
// firing each second or minute; those of a worker run on.

import { MultiThrottler, rollingWindow } from 'multi-throttler';

const throttler = new MultiThrottler([rollingWindow({ id: 'REQUESTS', limit: 5, interval: 500 })]);

addEventListener('message', async ({ data: { id, what } }) => {
  const granted = await throttler.run({ REQUESTS: 1 }, ({ waited }) => {
    // Here the request would be sent, and its answer be returned.
    return `${what} after ${Math.round(waited)} ms`;
  });
  postMessage({ id, answer: granted, waiting: throttler.getQueueLength() });
});
