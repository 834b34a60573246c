import { describe, it } from 'node:test';
import { requester, throttled } from './rig.mjs';
import { saturate } from './saturated.mjs';
import { CASES } from './saturated-cases.mjs';

describe('a saturating bot with throttledFetch is refused nothing and gets 97 % of what is possible', () => {
  for (const one of CASES) {
    it(one.name, () =>
      saturate(one, ({ url, fetch, throttler }) => requester(url, throttled(throttler, one.profile, fetch))),
    );
  }
});
