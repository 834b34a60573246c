/**
 * The view while the bots run: on a terminal, a few lines that are redrawn in place; elsewhere (a
 * file, a log), two plain lines every few seconds.
 */

import { aligned, bar, count, seconds } from './text.mjs';

/**
 * @typedef {import('./party.mjs').Party} Party
 * @typedef {{ elapsed: number, duration: number, now: number }} Moment ms; `now` is Unix time
 */

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';

/** Redraws its lines in place. */
export class TerminalView {
  every = 200;
  #height = 0;

  /**
   * @param {NodeJS.WriteStream} out
   * @param {import('./text.mjs').Colours} colours
   */
  constructor(out, colours) {
    this.out = out;
    this.colours = colours;
  }

  /**
   * @param {Party[]} parties
   * @param {Moment} moment
   */
  draw(parties, moment) {
    const lines = this.#lines(parties, moment);
    const up = this.#height > 0 ? `\u001b[${this.#height}A` : HIDE_CURSOR;
    // `[2K` clears the rest of a longer previous line.
    this.out.write(up + lines.map((line) => `\r\u001b[2K${line}\n`).join(''));
    this.#height = lines.length;
  }

  end() {
    this.out.write(SHOW_CURSOR);
  }

  /**
   * @param {Party[]} parties
   * @param {Moment} moment
   */
  #lines(parties, moment) {
    const usages = parties.map((party) => party.usage(moment.now));
    const head = [clock(moment), '', 'used in this window', 'waiting', 'granted/s'];
    const rows = usages.flat().map(({ rule, used, limit, waiting, perSecond }) => {
      return [
        `  ${rule}`,
        bar(used / limit),
        `${count(used)} of ${count(limit)}`,
        count(waiting),
        count(perSecond),
      ];
    });
    // One table for both bots, so that their columns align. Lines are cut to the screen's width, as
    // a wrapped line would move the cursor by two. Colours are added last, as they have no width.
    const [first = '', ...body] = aligned([head, ...rows], 'llr').map((line) =>
      line.slice(0, (this.out.columns || 80) - 1),
    );
    const { bold, dim, green, red } = this.colours;
    const blocks = parties.flatMap((party, i) => {
      const own = usages[i] ?? [];
      const lines = body.splice(0, own.length).map((line, j) => {
        const { used = 0, limit = 0 } = own[j] ?? {};
        return line.replace(/[█░]+/, used > limit ? red : green);
      });
      return [bold(party.title), ...lines, `  ${outcome(party, moment.now, red)}`, ''];
    });
    return [dim(first), ...blocks];
  }
}

/** Prints plain lines, few enough to be read. */
export class PlainView {
  #heading = true;

  /**
   * @param {NodeJS.WriteStream} out
   * @param {number} duration ms
   */
  constructor(out, duration) {
    this.out = out;
    this.every = Math.max(2500, duration / 10);
  }

  /**
   * @param {Party[]} parties
   * @param {Moment} moment
   */
  draw(parties, moment) {
    for (const party of parties) {
      const usage = party.usage(moment.now);
      const requests = usage.find(({ rule }) => rule === 'RAW_REQUESTS');
      const { refused, banned } = party.record;
      if (this.#heading)
        this.#line([
          '',
          '',
          ...usage.map(({ rule }) => rule),
          'waiting',
          'granted/s',
          '429',
          '418',
        ]);
      this.#heading = false;
      const used = usage.map((limit) => `${count(limit.used)} of ${count(limit.limit)}`);
      const counts = [requests?.waiting ?? 0, requests?.perSecond ?? 0, refused, banned].map(count);
      this.#line([`${Math.round(moment.elapsed / 1000)} s`, party.title, ...used, ...counts]);
    }
  }

  end() {
    this.out.write('\n');
  }

  /** @param {string[]} cells */
  #line([time = '', title = '', ...cells]) {
    // Lines are printed one by one, so columns cannot be fitted to their contents.
    const widths = [14, 11, 16, 7, 9, 6, 7];
    const padded = cells.map((cell, i) => cell.padStart(widths[i] ?? 0));
    this.out.write(`${[time.padStart(4), title.padEnd(15), ...padded].join('  ')}\n`);
  }
}

/** @param {Moment} moment */
function clock({ elapsed, duration }) {
  const whole = String(Math.round(duration / 1000));
  return `${String(Math.floor(elapsed / 1000)).padStart(whole.length)} s of ${whole} s`;
}

/**
 * @param {Party} party
 * @param {number} now
 * @param {(text: string) => string} alarm
 */
function outcome({ record }, now, alarm = (text) => text) {
  const { accepted, refused, banned, bannedUntil } = record;
  const parts = [`accepted ${count(accepted)}`, `refused ${count(refused)}`];
  if (banned > 0) parts.push(`banned ${count(banned)}`);
  const text = parts.join(', ');
  return bannedUntil > now
    ? `${text}, ${alarm(`ban ends in ${seconds(Math.ceil((bannedUntil - now) / 1000) * 1000)}`)}`
    : text;
}
