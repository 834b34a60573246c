import { describe, it } from 'node:test';
import { saturate } from './saturated.mjs';
import { CASES } from './saturated-cases.mjs';
import { byFetch } from './senders.mjs';

describe('a saturating bot with throttledFetch is refused nothing and gets 97 % of what is possible', () => {
  for (const one of CASES) it(one.name, () => saturate(one, byFetch));
});
