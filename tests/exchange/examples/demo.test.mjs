import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { Client } from '../../../examples/bot/client.mjs';
import { OptionError, readOptions } from '../../../examples/bot/demo/options.mjs';
import { conclusion } from '../../../examples/bot/demo/report.mjs';
import { runDemo } from '../../../examples/bot/demo/run.mjs';
import { aligned, colours, wrapped } from '../../../examples/bot/demo/text.mjs';
import { Time } from '../../simulator/time/time.mjs';

describe('options of npm start', () => {
  it('have defaults and take arguments', () => {
    const { duration, mix, jitter, onlyThrottled } = readOptions([]);
    assert.deepEqual([duration, mix.market, jitter, onlyThrottled], [15_000, 48, 52, false]);
    const args =
      '--duration=5 --mix orders=3 --delay 1-20 --limits weight=2000,raw=5000 --only-throttled';
    const set = readOptions(args.split(' '));
    assert.deepEqual(set.mix, { market: 48, account: 8, orders: 3 });
    assert.deepEqual(set.limits, { REQUEST_WEIGHT: 2000, ORDERS: 100, RAW_REQUESTS: 5000 });
    assert.deepEqual(
      [set.duration, set.delay, set.jitter, set.onlyThrottled],
      [5000, [1, 20], 60, true],
    );
  });

  for (const [args, message] of [
    ['--duration soon', "--duration: must be a number from 1 to 3600, not 'soon'"],
    ['--duration', "Option '--duration <value>' argument missing"],
    ['--minute 90', "--minute: must be a number from 2 to 60, not '90'"],
    ['--seed 1.5', "--seed: must be a whole number from 0 to 4294967295, not '1.5'"],
    ['--delay 9-2', "--delay: must be a range of ms such as 2-12, not '9-2'"],
    ['--delay 1-2-3', "--delay: must be a range of ms such as 2-12, not '1-2-3'"],
    ['--limits weight=5', "--limits weight: must be a whole number from 1000 to 1000000, not '5'"],
    ['--mix bonds=5', "--mix: 'bonds=5' is not one of market=…, account=…, orders=…"],
    ['--mix market=0,account=0,orders=0', 'at least one kind must have a worker'],
    ['--fast', '--fast: unknown option'],
    ['now', "Unexpected argument 'now'"],
  ]) {
    it(`${args}: ${message}`, () => {
      const check = (/** @type {unknown} */ error) =>
        error instanceof OptionError && error.message.includes(String(message));
      assert.throws(() => readOptions(String(args).split(' ')), check);
    });
  }
});

describe('text of the demo', () => {
  it('has colours only on a terminal without NO_COLOR', () => {
    assert.equal(colours(true, {}).red('x'), '\u001b[31mx\u001b[0m');
    assert.equal(colours(true, { NO_COLOR: '1' }).red('x'), 'x');
    assert.equal(colours(false, {}).red('x'), 'x');
  });

  it('aligns columns and wraps between words', () => {
    assert.deepEqual(
      aligned(
        [
          ['a', '1'],
          ['bcd', '22'],
        ],
        'lr',
      ),
      ['a      1', 'bcd   22'],
    );
    assert.equal(wrapped('one two three', 7), 'one two\nthree');
  });

  /**
   * @param {{ throttled: boolean, refused?: number, banned?: number, bans?: number[], share: number
   *   }} o
   */
  const party = ({ throttled, refused = 0, banned = 0, bans = [], share }) =>
    /** @type {any} */ ({
      throttled,
      bot: { sent: 1000 },
      record: { refused, banned, bans },
      shares: () => [
        { rule: 'ORDERS', share: share / 2 },
        { rule: 'REQUEST_WEIGHT', share },
      ],
    });
  const span = { from: 0, to: 1 };

  it('states a conclusion from the figures', () => {
    const good = party({ throttled: true, share: 0.974 });
    const bad = party({
      throttled: false,
      refused: 100,
      banned: 700,
      bans: [12_000, 24_000],
      share: 0.25,
    });
    assert.equal(
      conclusion([good, bad], span),
      'With multi-throttler the bot used 97.4 % of the REQUEST_WEIGHT it may use and was never refused; without it ' +
        '800 of 1,000 requests were refused, the address was banned twice and 25.0 % of the same limit was used.',
    );
    const refused = party({ throttled: true, refused: 1, share: 0.5 });
    assert.match(
      conclusion([refused], span),
      /50\.0 % of the REQUEST_WEIGHT it may use and was refused once\.$/,
    );
  });
});

describe('demo', () => {
  it('refuses no throttled bot and bans an unthrottled one', async () => {
    let text = '';
    const out = new Writable({
      write(chunk, _encoding, done) {
        text += chunk;
        done();
      },
    });
    const args = '--duration 6 --minute 5 --limits weight=1000 --jitter 300 --seed 7';
    const time = new Time();
    const world = {
      clock: time,
      travel: (/** @type {number} */ ms) => time.sleepWithin(ms),
      connect: (/** @type {string} */ url, /** @type {Record<string, string>} */ headers) => {
        const client = new Client(url, headers);
        /** @type {Client['send']} */
        const send = (what) => time.real(() => client.send(what));
        return { send, close: () => client.close() };
      },
    };
    const code = await time.until(
      runDemo(readOptions(args.split(' ')), /** @type {any} */ (out), world),
    );
    assert.equal(code, 0, text);
    assert.match(text, /refused \(429\) +0 +100\n/);
    assert.match(text, /banned \(418\) +0 +[1-9]/);
    assert.match(text.replaceAll('\n', ' '), /and was never refused; without it/);
    assert.ok(!text.includes('\u001b'), 'no terminal, no control codes');
  });
});
