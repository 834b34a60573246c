import { describe, it } from 'node:test';
import { saturate } from '../support/saturated.mjs';
import { casesBy } from '../support/saturated-cases.mjs';
import { byCcxt } from '../support/senders.mjs';

describe('saturating bot with ccxt gets 97 % without refusals', () => {
  for (const one of casesBy('ccxt')) it(one.name, () => saturate(one, byCcxt));
});
