// Keeps which sources have the figures that we charge: the pages of docs/exchanges name them
// without the packages.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { profileSources } from '../exchange-docs/profile-sources.mjs';
import { root } from '../lib/project.mjs';
import { dateOf } from './packages.mjs';

const FILE = join(root, 'scripts', 'figures', 'recorded.json');

/**
 * @typedef {object} SourceCount
 * @property {string} source
 * @property {string} date
 * @property {number} endpoints that it has a figure for
 * @property {number} same those where it is ours
 *
 * @typedef {object} Recorded
 * @property {string} date of the comparison
 * @property {SourceCount[]} sources
 * @property {string[]} alone endpoints whose figure no source has
 */

/** @returns {Record<string, Recorded>} by profile */
export function readRecorded() {
  return existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : {};
}

/**
 * Records the profiles of a comparison; others keep what is recorded.
 * @param {import('./report.mjs').Judged[]} rows
 */
export async function record(rows) {
  const recorded = readRecorded();
  const definitions = await profileSources();
  const date = new Date().toISOString().slice(0, 10);
  for (const [profile, { rules, costs }] of definitions) {
    const own = rows.filter(
      ({ figure, ours }) => figure.profile === profile && ours.by === 'profile',
    );
    if (own.length === 0) continue;
    const names = [...new Set(own.map(({ figure }) => figure.source))];
    const sources = names.map((source) => {
      const ofSource = own.filter(({ figure }) => figure.source === source);
      const differing = endpointsOf(ofSource.filter(({ verdict }) => verdict !== 'same'));
      const all = endpointsOf(ofSource);
      const same = all.filter((endpoint) => !differing.includes(endpoint)).length;
      return { source, date: dateOf(source), endpoints: all.length, same };
    });
    const confirmed = new Set(endpointsOf(own.filter(({ verdict }) => verdict === 'same')));
    const alone = Object.keys(costs(rules).endpoints).filter((endpoint) => {
      const pattern = patternOf(endpoint);
      return ![...confirmed].some((one) => one === endpoint || pattern.test(one));
    });
    recorded[profile] = { date, sources, alone: alone.sort() };
  }
  writeFileSync(FILE, `${JSON.stringify(recorded, null, 2)}\n`);
}

/** @param {import('./types.ts').Row[]} rows */
function endpointsOf(rows) {
  return [...new Set(rows.map(({ figure }) => figure.endpoint.replace(/https:\/\/[^/]+/, '')))];
}

/** @param {string} endpoint with `{name}` for any text without a slash */
function patternOf(endpoint) {
  const texts = endpoint
    .split(/\{\w+\}/)
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${texts.join('[^/]+')}$`);
}
