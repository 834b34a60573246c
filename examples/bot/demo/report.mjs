/**
 * The text around the live view: an introduction before, figures and a conclusion after it.
 */

import { intervalText, windowMs } from '../../../tests/simulator/venues/binance/limits.mjs';
import { aligned, count, percent, seconds } from './text.mjs';

/**
 * @typedef {import('./party.mjs').Party} Party
 * @typedef {import('../../../tests/simulator/venues/binance/rate-limiter.mjs').RateLimiter}
 *   RateLimiter
 * @typedef {import('./options.mjs').DemoOptions} DemoOptions
 */

/**
 * @param {string} url
 * @param {RateLimiter} limiter
 * @param {DemoOptions} options
 */
export function introduction(
  url,
  limiter,
  { minute, duration, stay, seed, delay, jitter, maxRate, onlyThrottled },
) {
  const scaled =
    minute === 60_000
      ? ''
      : `Its minutes last ${seconds(minute)} of real time, and its other intervals shrink in proportion.\n`;
  const limits = aligned(
    limiter.limits.map((limit) => [
      `  ${limit.rateLimitType}`,
      count(limit.limit),
      `per ${intervalText(limit)}`,
      scaled ? `(${seconds(windowMs(limit, limiter.units))} here)` : '',
      limit.rateLimitType === 'ORDERS' ? 'per account' : 'per IP address',
    ]),
    'lrl',
  );
  const bots = onlyThrottled
    ? 'One bot sends as many requests as multi-throttler grants, under the limits that exchangeInfo announces.'
    : `Two bots send the same mix of requests. One waits for multi-throttler, which takes its limits from
exchangeInfo and syncs with usage headers. The other has no throttler: it sends up to ${count(maxRate)} requests
a second, and continues after refusals.`;
  return `A simulated Binance spot exchange listens at ${url}.
${scaled}${limits.join('\n')}
${bots}
Duration ${stay ? 'until Ctrl-C' : seconds(duration)}, seed ${seed}, delays of ${delay[0]} to ${delay[1]} ms, jitter ${jitter} ms.

`;
}

/**
 * @param {Party[]} parties
 * @param {{ from: number, to: number }} span Unix ms
 */
export function table(parties, span) {
  /** @param {(party: Party) => string} cell */
  const row = (/** @type {string} */ name, cell) => [name, ...parties.map(cell)];
  const shares = parties.map((party) => party.shares(span));
  const shareRows = (shares[0] ?? []).map(({ rule, windows }, i) => [
    `share of ${rule} used, ${windows} whole window${windows === 1 ? '' : 's'}`,
    ...shares.map((own) => percent(own[i]?.share ?? 0)),
  ]);
  const rows = [
    row('', ({ title }) => title),
    row('sent', ({ bot }) => count(bot.sent)),
    row('accepted', ({ record }) => count(record.accepted)),
    row('refused (429)', ({ record }) => count(record.refused)),
    row('banned (418)', ({ record }) => count(record.banned)),
    row('bans', ({ record }) => record.bans.map(seconds).join(', ') || 'none'),
    row('longest wait for a grant', ({ bot, throttled }) =>
      throttled ? seconds(bot.longestWait) : 'does not wait',
    ),
    ...shareRows,
  ];
  const [head = '', ...body] = aligned(rows, 'lr');
  return `${[head, '─'.repeat(head.length), ...body].join('\n')}\n`;
}

/**
 * Sums up the figures in one sentence.
 *
 * @param {Party[]} parties
 * @param {{ from: number, to: number }} span
 */
export function conclusion(parties, span) {
  const throttled = parties.find((party) => party.throttled);
  if (throttled === undefined) throw new TypeError('the demo needs a throttled bot');
  const best = throttled.shares(span).sort((a, b) => b.share - a.share)[0];
  const refusals = refusalsOf(throttled);
  const share = best ? `used ${percent(best.share)} of the ${best.rule} it may use and ` : '';
  const fate = refusals === 0 ? 'was never refused' : `was refused ${times(refusals)}`;
  const withIt = `With multi-throttler the bot ${share}${fate}`;

  const other = parties.find((party) => !party.throttled);
  if (other === undefined) return `${withIt}.`;
  const { bans } = other.record;
  const parts = [`${count(refusalsOf(other))} of ${count(other.bot.sent)} requests were refused`];
  if (bans.length > 0) parts.push(`the address was banned ${times(bans.length)}`);
  const otherShare = other.shares(span).find(({ rule }) => rule === best?.rule);
  if (otherShare) parts.push(`${percent(otherShare.share)} of the same limit was used`);
  const last = parts.pop();
  return `${withIt}; without it ${[parts.join(', '), last].filter(Boolean).join(' and ')}.`;
}

/** @param {Party} party */
export function refusalsOf({ record }) {
  return record.refused + record.banned;
}

/** @param {number} n */
function times(n) {
  return n === 1 ? 'once' : n === 2 ? 'twice' : `${count(n)} times`;
}
