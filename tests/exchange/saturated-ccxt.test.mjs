import { describe, it } from 'node:test';
import { saturate } from './saturated.mjs';
import { CASES } from './saturated-cases.mjs';
import { byCcxt } from './senders.mjs';

describe('a saturating bot with ccxt is refused nothing and gets 97 % of what is possible', () => {
  for (const one of CASES) it(one.name, () => saturate(one, byCcxt));
});
