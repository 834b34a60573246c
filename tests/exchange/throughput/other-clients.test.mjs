// Another client on the same IP or account takes two fifths of the limit. A bot learns of it from
// usage headers. Without them, and for a bot that takes all at once, a share has to be set.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  besideAnother,
  GREEDY,
  partOfShare,
  WITH_USAGE,
  WITHOUT_USAGE,
} from '../support/other-clients.mjs';
import { byFetch, SENDERS } from '../support/senders.mjs';

for (const [by, sender] of SENDERS) {
  describe(`usage headers beside another client, with ${by}`, () => {
    for (const job of WITH_USAGE) {
      const { buffer, pace, perMinute, seconds, request, other } = job;
      const config = { modes: { normal: { buffer } } };

      it(`let the bot use the rest without refusals: ${job.name}`, async () => {
        const { bot, other: another } = await besideAnother({ job, sender, pace, config });
        assert.deepEqual([bot.refused, another.refused], [0, 0]);
        const taken = (60_000 / other.every) * other.cost;
        const remaining = ((1 - buffer) * perMinute - taken) * (seconds / 60);
        assert.ok(
          bot.accepted * request.cost >= 0.97 * remaining,
          `${bot.accepted * request.cost} of ${remaining}`,
        );
      });
    }
  });

  describe(`share of a greedy bot beside another client, with ${by}`, () => {
    const share = 0.6;
    for (const job of [...WITH_USAGE, ...WITHOUT_USAGE]) {
      it(`avoids refusals of both: ${job.name}`, async () => {
        const { bot, other } = await besideAnother({
          job,
          sender,
          pace: GREEDY,
          config: { share },
        });
        assert.deepEqual([bot.refused, other.refused], [0, 0]);
        const part = partOfShare(job, bot.accepted, share);
        assert.ok(part >= 0.97, `${part} of what is possible`);
      });
    }
  });
}

describe('without reading headers, bot and other client are refused', () => {
  for (const job of WITH_USAGE) {
    it(job.name, async () => {
      const { buffer, pace } = job;
      const config = { modes: { normal: { buffer } } };
      const { bot, other } = await besideAnother({
        job,
        sender: byFetch,
        pace,
        config,
        reads: false,
      });
      assert.ok(bot.refused > 0 && other.refused > 0, `${bot.refused} and ${other.refused}`);
    });
  }
});

describe('limits of usage headers', () => {
  const job = WITH_USAGE.find(({ name }) => name === 'Binance USD-M futures');
  assert.ok(job);
  const { buffer } = job;

  it('a bot that takes all the rest gets others refused', async () => {
    const config = { modes: { normal: { buffer } } };
    const { bot, other } = await besideAnother({
      job,
      sender: byFetch,
      pace: { lanes: 4, every: 1 },
      config,
    });
    assert.equal(bot.refused, 0);
    assert.ok(other.refused > 0);
  });

  it('a bot that takes all at once is refused', async () => {
    const { bot } = await besideAnother({ job, sender: byFetch, pace: GREEDY });
    assert.ok(bot.refused > 0);
  });

  it('without headers and share, requests are refused', async () => {
    for (const job of WITHOUT_USAGE) {
      const { bot, other } = await besideAnother({ job, sender: byFetch, pace: GREEDY });
      assert.ok(bot.refused + other.refused > 0, job.name);
    }
  });
});
