// Another client on the same IP or account takes two fifths of what both may use. Where answers tell what is used, a bot
// notices it; where they do not, and where a bot takes at once all that it may have, a share has to be left to the other.

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { besideAnother, GREEDY, NOT_TOLD, partOfShare, TOLD } from '../support/other-clients.mjs';
import { byFetch, SENDERS } from '../support/senders.mjs';

for (const [by, sender] of SENDERS) {
  describe(`another client, with ${by}`, () => {
    for (const job of TOLD) {
      const { buffer, pace, perMinute, seconds, request, other } = job;
      const config = { modes: { normal: { buffer } } };

      it(`is noticed from headers, nobody is refused, and the bot gets what is left: ${job.name}`, async () => {
        const { bot, other: another } = await besideAnother({ job, sender, pace, config });
        assert.deepEqual([bot.refused, another.refused], [0, 0]);
        const taken = (60_000 / other.every) * other.cost;
        const left = ((1 - buffer) * perMinute - taken) * (seconds / 60);
        assert.ok(bot.accepted * request.cost >= 0.97 * left, `${bot.accepted * request.cost} of ${left}`);
      });
    }
  });

  describe(`another client that is left its share by a bot that always wants more, with ${by}`, () => {
    const share = 0.6;
    for (const job of [...TOLD, ...NOT_TOLD]) {
      it(`is refused nothing, nor is the bot: ${job.name}`, async () => {
        const { bot, other } = await besideAnother({ job, sender, pace: GREEDY, config: { share } });
        assert.deepEqual([bot.refused, other.refused], [0, 0]);
        const part = partOfShare(job, bot.accepted, share);
        assert.ok(part >= 0.97, `${part} of what is possible`);
      });
    }
  });
}

describe('another client is not noticed where headers are not read, and both are refused', () => {
  for (const job of TOLD) {
    it(job.name, async () => {
      const { buffer, pace } = job;
      const config = { modes: { normal: { buffer } } };
      const { bot, other } = await besideAnother({ job, sender: byFetch, pace, config, reads: false });
      assert.ok(bot.refused > 0 && other.refused > 0, `${bot.refused} and ${other.refused}`);
    });
  }
});

describe('what headers cannot know', () => {
  const job = TOLD.find(({ name }) => name === 'Binance USD-M futures');
  assert.ok(job);
  const { buffer } = job;

  it('that another client will want more: whoever takes all that is left is refused nothing, but the other is', async () => {
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

  it('what another client used before the first answer: whoever takes all at once is refused', async () => {
    const { bot } = await besideAnother({ job, sender: byFetch, pace: GREEDY });
    assert.ok(bot.refused > 0);
  });

  it('without a share left to it, the other client is refused where nothing is told, too', async () => {
    for (const job of NOT_TOLD) {
      const { bot, other } = await besideAnother({ job, sender: byFetch, pace: GREEDY });
      assert.ok(bot.refused + other.refused > 0, job.name);
    }
  });
});
