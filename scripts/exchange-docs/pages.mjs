// The pages in docs/exchanges: words by hand, and between markers tables from the profiles.

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readRecorded } from '../figures/record.mjs';
import { root } from '../lib/project.mjs';
import { profileSources } from './profile-sources.mjs';
import { costsText, differencesText, rulesText, sourcesText } from './tables.mjs';

const FOLDER = 'docs/exchanges';

/** `<!-- npm run docs:exchanges: rules of kraken -->` */
const GENERATED = /(<!-- npm run docs:exchanges: (\w+) of (\w+) -->\n)[\s\S]*?(<!-- end -->)/g;

/** @typedef {{ name: string, now: string, wanted: string }} Page */

/**
 * All pages, as they are and as they should be. A profile without a page gets one, whose words are
 * to be written.
 * @returns {Promise<Page[]>}
 */
export async function pages() {
  const sources = await profileSources();
  const names = readdirSync(join(root, FOLDER)).filter((name) => name.endsWith('.md'));
  const written = names.map((file) => {
    const name = `${FOLDER}/${file}`;
    const now = readFileSync(join(root, name), 'utf8');
    return { name, now, wanted: filled(now, sources) };
  });
  const missing = [...sources.keys()].filter(
    (profile) => !written.some(({ now }) => now.includes(`rules of ${profile} -->`)),
  );
  const added = missing.map((profile) => {
    const name = profile.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    return { name: `${FOLDER}/${name}.md`, now: '', wanted: filled(emptyPage(profile), sources) };
  });
  return [...written, ...added];
}

/** @param {Page[]} changed */
export function writePages(changed) {
  for (const { name, wanted } of changed) writeFileSync(join(root, name), wanted);
}

/**
 * @param {string} text
 * @param {Map<string, import('./profile-sources.mjs').ProfileSource>} sources
 */
function filled(text, sources) {
  return text.replace(GENERATED, (_, begin, part, profile, end) => {
    const source = sources.get(profile);
    if (!source)
      throw new Error(`there is no profile ${profile}, of which a page in ${FOLDER} is to tell`);
    return `${begin}\n${textOf(part, profile, source)}\n${end}`;
  });
}

/**
 * @param {string} part
 * @param {string} profile
 * @param {import('./profile-sources.mjs').ProfileSource} source
 */
function textOf(part, profile, source) {
  switch (part) {
    case 'rules':
      return rulesText(source);
    case 'costs':
      return costsText(source);
    case 'sources':
      return sourcesText(readRecorded()[profile]);
    case 'differences':
      return differencesText(decisionsOf(profile));
    default:
      throw new Error(`a page has rules, costs, sources and differences, not ${part}`);
  }
}

/** @param {string} profile */
function decisionsOf(profile) {
  const path = join(root, 'scripts/figures/decisions', `${profile}.json`);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : [];
}

/** @param {string} profile */
function emptyPage(profile) {
  const part = (/** @type {string} */ name) =>
    `<!-- npm run docs:exchanges: ${name} of ${profile} -->\n<!-- end -->\n`;
  return `# ${profile}

## Rules

${part('rules')}
## Costs

${part('costs')}
## Headers and bodies

## Unknown

## Sources

${part('sources')}
## Differences from other sources

${part('differences')}`;
}
