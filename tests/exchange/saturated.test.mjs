import { describe, it } from 'node:test';
import { throttled } from './rig.mjs';
import { saturate } from './saturated.mjs';
import { CASES } from './saturated-cases.mjs';

describe('a saturating bot with throttledFetch is refused nothing and gets 97 % of what is possible', () => {
  for (const one of CASES) {
    it(one.name, () =>
      saturate(one, ({ url, fetch, throttler }) => {
        const send = throttled(throttler, one.profile, fetch);
        return ({ request }) => {
          const [method = '', path = ''] = request.split(' ');
          return send(url + path, { method });
        };
      }),
    );
  }
});
