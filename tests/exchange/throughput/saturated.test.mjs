import { describe, it } from 'node:test';
import { saturate } from '../support/saturated.mjs';
import { CASES } from '../support/saturated-cases.mjs';
import { byFetch } from '../support/senders.mjs';

describe('a saturating bot with throttledFetch is refused nothing and gets 97 % of what is possible', () => {
  for (const one of CASES) it(one.name, () => saturate(one, byFetch));
});
