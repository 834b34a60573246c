import { fixedWindow, MultiThrottler, tokenBucket } from 'multi-throttler';
import { VirtualClock } from '../support/clock.ts';

/** A throttler with something of everything that is measured. */
export async function busyThrottler() {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(
    [
      fixedWindow({ id: 'WEIGHT', limit: 100, interval: 60_000 }),
      tokenBucket({ id: 'order:*', capacity: 10, refillRate: 1e-6 }),
    ],
    { clock, modes: { burst: {} } },
  );
  await throttler.throttle({ WEIGHT: 40, 'order:A': 2 });
  await throttler.throttle({ WEIGHT: 10, 'order:B': 8 });
  await throttler.throttle({ NONE: 1 } as never).catch(() => {});
  const aborted = new AbortController();
  const cancelled = throttler.throttle({ 'order:B': 9 }, { signal: aborted.signal });
  aborted.abort();
  await cancelled.catch(() => {});
  throttler.throttle({ 'order:B': 9 }, { priority: 'critical' });
  throttler.setMode('burst');
  return { throttler, clock };
}
