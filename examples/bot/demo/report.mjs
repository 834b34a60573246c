/**
 * The text around the live view: what is about to happen, and what came of it.
 */

import { intervalText, windowMs } from '../../../tests/simulator/venues/binance/limits.mjs';
import { aligned, count, percent, seconds } from './text.mjs';

/**
 * @typedef {import('./party.mjs').Party} Party
 * @typedef {import('../../../tests/simulator/venues/binance/rate-limiter.mjs').RateLimiter} RateLimiter
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
  { minute, duration, seed, delay, jitter, maxRate, onlyThrottled },
) {
  const scaled =
    minute === 60_000
      ? ''
      : `Its minutes last ${seconds(minute)} of real time, and its other intervals as much less.\n`;
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
    ? 'One bot sends as many requests as multi-throttler lets it, by the windows that exchangeInfo announces.'
    : `Two bots send the same mix of requests: one waits for multi-throttler, which takes its windows from
exchangeInfo and learns from usage headers; one has no throttler, sends up to ${count(maxRate)} a second and goes on when it is refused.`;
  return `A simulated Binance spot exchange listens at ${url}.
${scaled}${limits.join('\n')}
${bots}
${seconds(duration)}, seed ${seed}, requests ${delay[0]} to ${delay[1]} ms on their way, ${jitter} ms allowed for.

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
 * One sentence that says what the figures mean.
 *
 * @param {Party[]} parties
 * @param {{ from: number, to: number }} span
 */
export function conclusion(parties, span) {
  const throttled = parties.find((party) => party.throttled);
  if (throttled === undefined) throw new TypeError('a demo has a throttled bot');
  const best = throttled.shares(span).sort((a, b) => b.share - a.share)[0];
  const refusals = refusalsOf(throttled);
  const share = best ? `used ${percent(best.share)} of the ${best.rule} it may use and ` : '';
  const fate = refusals === 0 ? 'was never refused' : `was refused ${times(refusals)}`;
  const withIt = `With multi-throttler the bot ${share}${fate}`;

  const other = parties.find((party) => !party.throttled);
  if (other === undefined) return `${withIt}.`;
  const { bans } = other.record;
  const parts = [`${count(refusalsOf(other))} of ${count(other.bot.sent)} requests were turned away`];
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
