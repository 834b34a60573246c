/**
 * The text of the run: an introduction, a line for each of the exchange's minutes and each fault,
 * the table, and a conclusion.
 */

import { aligned, count, percent, seconds } from '../bot/demo/text.mjs';

/** @typedef {import('./run.mjs').Party} Party */

const COLUMN = 24;

/**
 * @param {import('./run.mjs').SharedOptions} options
 * @param {string} url
 * @param {{ pid: number, port: number }} server
 */
export function introduction({ limit, minute, ways, duration }, url, server) {
  const names = ways.map((way) => `  ${way}`).join('\n');
  return `A simulated Binance spot exchange listens at ${url}. It allows ${count(limit)} of request weight for
each address in each of its minutes, which last ${seconds(minute)} here, and refuses what is above.

Four bots, each a process of its own, trade from one address and want more than the limit allows. They
share it through Redis, a real server (process ${server.pid}, port ${server.port}). The same four bots run side by
side, each four from an address of their own, with

${names}

Within ${seconds(duration)}, one bot of each four is killed and started again; then Redis is killed and comes back
without its data, as after a crash. Ctrl-C ends the run early.

`;
}

/**
 * A line with the grants and refusals so far, or with a fault.
 *
 * @param {number} elapsed ms
 * @param {readonly Party[]} parties
 * @param {string} [text]
 */
export function progress(elapsed, parties, text) {
  const time = `${String(Math.round(elapsed / 1000)).padStart(4)} s`;
  if (text !== undefined) return `${time}   ${text}\n`;
  const cells = parties.map((party) => {
    const { accepted } = party.record;
    const refused = refusals(party);
    return `${count(accepted)} accepted, ${count(refused)} refused`.padEnd(COLUMN + 4);
  });
  const head =
    elapsed < 500 ? `         ${parties.map(({ way }) => way.padEnd(COLUMN + 4)).join('')}\n` : '';
  return `${head.trimEnd()}${head && '\n'}${time}   ${cells.join('').trimEnd()}\n`;
}

/**
 * @param {readonly Party[]} parties
 * @param {{ from: number, to: number }} span Unix ms
 */
export function table(parties, span) {
  const rows = parties.map(({ title, record, counter }) => {
    const { accepted, possible } = counter.wholeWindows(span.from, span.to);
    const { accepted: passed, refused, banned } = record;
    return [
      title,
      count(passed + refused + banned),
      possible === 0 ? 'no whole minute' : percent(accepted / possible),
      count(refused),
      count(banned),
    ];
  });
  const head = ['', 'granted', '% of the limit used', 'refused (429)', 'banned (418)'];
  const [first = '', ...body] = aligned([head, ...rows], 'lr');
  return `${[first, '─'.repeat(first.length), ...body].join('\n')}\n`;
}

/** @param {readonly Party[]} parties */
export function conclusion(parties) {
  const texts = parties.map((party) => {
    const refused = refusals(party);
    return `${refused === 0 ? 'no request' : `${count(refused)} requests`} with ${party.way}`;
  });
  return `The exchange refused ${texts.join(', ')}. The part of the limit is that of whole minutes.`;
}

/** The requests that the exchange has refused. @param {Party} party */
export const refusals = ({ record }) => record.refused + record.banned;
