// A thread with a throttler that other threads share over ports.
//
//   workerData: { folder, rules }; each message is `{ port }` to serve, or the text `end`

import { parentPort, workerData } from 'node:worker_threads';
import { localThrottler } from 'multi-throttler/local';

const { folder, rules } = workerData;
const throttler = localThrottler({ key: 'k', folder, rules });
await throttler.ready;

parentPort?.on('message', async (message) => {
  if (message === 'end') {
    await throttler.close();
    parentPort?.close();
  } else {
    throttler.serve(message.port);
  }
});
