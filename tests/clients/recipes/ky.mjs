import ky from 'ky';
import { throttledFetch } from 'multi-throttler/exchange';

/** A ky client whose requests wait, are signed after it, and report their answers. */
export function throttledKy(throttler, profile, sign) {
  return ky.create({
    fetch: throttledFetch(throttler, {
      profile,
      maxWait: 60_000,
      prepare: (input, init) => [sign(input), init],
    }),
    // Its timeout of 10 s would count the wait, and its retries would multiply with the
    // throttler's.
    timeout: false,
    retry: 0,
  });
}
