// Bots that are killed by SIGKILL at random instants, and started anew: real processes, real files,
// real HTTP. All windows are an hour, so all that is granted counts until the end.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { seededRandom } from '../../../ts/simulator/random.mjs';
import { openVenue } from '../support/killed-venue.mjs';

const BOT = fileURLToPath(new URL('../support/killed-bot.mjs', import.meta.url));

/**
 * Runs a bot that ends by itself first, then some that are killed, then one until its rules allow
 * no more.
 *
 * @param {object} o
 * @param {'persist' | 'snapshots'} o.how
 * @param {number} o.limit
 * @param {number} o.kills
 * @param {number} o.seed
 */
async function lives({ how, limit, kills, seed }) {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-kills-'));
  const random = seededRandom(seed);
  let onRequest = () => {};
  const { venue, url, close } = await openVenue(limit, () => onRequest());
  /** @param {number} requests */
  const start = (requests) => {
    const args = [BOT, url, join(folder, 'state.json'), String(limit), how, String(requests)];
    return spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  };
  /** @param {number} requests */
  const liveToEnd = async (requests) => {
    const child = start(requests);
    const [errors, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    assert.deepEqual([code, errors], [0, '']);
  };
  let killed = 0;
  try {
    await liveToEnd(3);
    for (let life = 0; life < kills; life++) {
      const child = start(limit);
      const ended = once(child, 'exit');
      const errors = text(child.stderr);
      let left = 1 + Math.floor(random() * 20);
      onRequest = () => {
        left -= 1;
        // Some are killed within the request, the others up to 4 ms later.
        if (left === 0) sleep(random() * 4).then(() => child.kill('SIGKILL'));
      };
      const [, signal] = await ended;
      onRequest = () => {};
      assert.equal(await errors, '');
      if (signal === 'SIGKILL') killed += 1;
    }
    await liveToEnd(limit);
    const left = readdirSync(folder).filter((name) => /lock|damaged/.test(name));
    return { refused: venue.refused, accepted: venue.total('fixed', Infinity), killed, left };
  } finally {
    await close();
    rmSync(folder, { recursive: true, force: true });
  }
}

describe('a bot that is killed 100 times in mid-window', () => {
  it('is never refused with persist, and uses most of its limits', async () => {
    const limit = 900;
    const chains = await Promise.all(
      [1, 2, 3, 4].map((seed) => lives({ how: 'persist', limit, kills: 25, seed })),
    );
    for (const { refused, accepted, killed, left } of chains) {
      assert.deepEqual({ refused, killed, left }, { refused: 0, killed: 25, left: [] });
      assert.ok(accepted > 0.6 * limit && accepted <= limit, `${accepted} of ${limit}`);
    }
  });

  it('is refused with snapshots alone', async () => {
    const { refused } = await lives({ how: 'snapshots', limit: 200, kills: 10, seed: 5 });
    assert.ok(refused > 0);
  });
});
