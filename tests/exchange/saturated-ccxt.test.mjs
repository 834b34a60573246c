import { describe, it } from 'node:test';
import { attachThrottler } from 'multi-throttler/ccxt';
import { ccxtAt } from './ccxt.mjs';
import { saturate } from './saturated.mjs';
import { CASES } from './saturated-cases.mjs';

describe('a saturating bot with ccxt is refused nothing and gets 97 % of what is possible', () => {
  for (const one of CASES) {
    it(one.name, () =>
      saturate(one, ({ url, fetch, throttler }) => {
        const exchange = ccxtAt(one.id, url, fetch);
        attachThrottler(exchange, { throttler, profile: one.profile });
        return ({ ccxt: [method, params] }) => exchange[method](params);
      }),
    );
  }
});
