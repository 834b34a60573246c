// Answers to differences: the reasons for our figure where a source has another. Each profile has a
// file.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../lib/project.mjs';

const FOLDER = join(root, 'scripts', 'figures', 'decisions');

/** @typedef {import('./types.ts').Row} Row */

/**
 * @typedef {object} Decision
 * @property {string} reason
 * @property {string} date when it was decided
 * @property {string} source name of the package without its version
 * @property {Record<string, string>} answers `ours | says` by endpoint and parameters
 */

/** @returns {Record<string, Decision[]>} by profile */
export function readDecisions() {
  if (!existsSync(FOLDER)) return {};
  return Object.fromEntries(
    readdirSync(FOLDER).map((name) => [
      name.replace('.json', ''),
      JSON.parse(readFileSync(join(FOLDER, name), 'utf8')),
    ]),
  );
}

/**
 * The place of a difference in a file of decisions, and what it must say.
 * @param {Row} row
 */
export function keyOf({ figure, ours, says }) {
  // The adapter's rules bear the names of hosts, and charge the same otherwise.
  const charged = ours.text.replace(/(^|, )(api|fapi|eapi|papi|sapi|spot):/g, '$1');
  const sent = Object.entries(figure.params).filter(
    ([name]) => !/^(coin|poolId|asset)$/.test(name),
  );
  const params =
    figure.params.coin === undefined || sent.length > 1 || !('symbol' in figure.params);
  const shown =
    params && Object.keys(figure.params).length > 0 ? ` ${JSON.stringify(figure.params)}` : '';
  return { key: `${figure.endpoint}${shown}`, answer: `${charged} | ${says}` };
}

/** @param {string} source */
const nameOf = (source) => source.replace(/ [\d.]+$/, '');

export class Decisions {
  #decisions;
  #sources;
  /** @type {Set<string>} */
  #used = new Set();

  /**
   * @param {readonly string[]} sources names and versions of the packages that were read: answers
   *   to other ones, such as second opinions that were not brought, are neither used nor stale
   * @param {Record<string, Decision[]>} [decisions] by profile
   */
  constructor(sources, decisions = readDecisions()) {
    this.#decisions = decisions;
    this.#sources = new Set(sources.map(nameOf));
  }

  /**
   * The reason that answers a difference; undefined if none does.
   * @param {Row} row
   */
  reasonFor(row) {
    const { key, answer } = keyOf(row);
    const { profile, source } = row.figure;
    const found = this.#decisions[profile]?.find(
      (decision) => decision.source === nameOf(source) && decision.answers[key] === answer,
    );
    if (found) this.#used.add(`${profile} ${found.source} ${key}`);
    return found?.reason;
  }

  /** Answers to what does not differ any more, or differs otherwise. */
  stale() {
    return Object.entries(this.#decisions).flatMap(([profile, decisions]) =>
      decisions.flatMap(({ source, answers }) =>
        Object.keys(answers)
          .filter((key) => this.#isStale(profile, source, key))
          .map((key) => `${profile}: ${source}: ${key}`),
      ),
    );
  }

  /**
   * @param {string} profile
   * @param {string} source
   * @param {string} key
   */
  #isStale(profile, source, key) {
    return this.#sources.has(source) && !this.#used.has(`${profile} ${source} ${key}`);
  }

  /**
   * Adds answers with one reason, and drops the stale ones.
   * @param {Row[]} rows
   * @param {string} reason
   * @param {string} date
   */
  add(rows, reason, date) {
    for (const row of rows) {
      const { profile, source } = row.figure;
      const { key, answer } = keyOf(row);
      const name = nameOf(source);
      this.#decisionFor(profile, { reason, date, source: name }).answers[key] = answer;
      this.#used.add(`${profile} ${name} ${key}`);
    }
  }

  /**
   * The decision that has these words, a new one if there is none.
   * @param {string} profile
   * @param {Omit<Decision, 'answers'>} words
   * @returns {Decision}
   */
  #decisionFor(profile, { reason, date, source }) {
    const ofProfile = this.#decisions[profile] ?? [];
    this.#decisions[profile] = ofProfile;
    const known = ofProfile.find(
      (one) => one.source === source && one.reason === reason && one.date === date,
    );
    if (known) return known;
    const made = { reason, date, source, answers: {} };
    ofProfile.push(made);
    return made;
  }

  /** Writes those of profiles that were compared, without the stale ones. */
  save() {
    const compared = new Set([...this.#used].map((key) => key.split(' ')[0]));
    for (const [profile, decisions] of Object.entries(this.#decisions)) {
      if (!compared.has(profile)) continue;
      const kept = decisions
        .map(({ answers, ...decision }) => ({
          ...decision,
          answers: Object.fromEntries(
            Object.entries(answers)
              .filter(([key]) => !this.#isStale(profile, decision.source, key))
              .sort(([a], [b]) => (a < b ? -1 : 1)),
          ),
        }))
        .filter(({ answers }) => Object.keys(answers).length > 0);
      writeFileSync(join(FOLDER, `${profile}.json`), `${JSON.stringify(kept, null, 2)}\n`);
    }
  }
}
