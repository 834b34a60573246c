// The generated parts of a page in docs/exchanges.

import { costText } from './cost-text.mjs';

/** @typedef {import('../../ts/exchange/profile.ts').ProfileSource} ProfileSource */
/** @typedef {import('../../ts/rules.ts').Rule} Rule */
/** @typedef {{ [ruleId: string]: import('../../ts/shared/cost.ts').Cost }} Costs */
/** @typedef {import('../figures/decisions.mjs').Decision} Decision */

/**
 * Rules and, where the exchange has some, tiers.
 * @param {ProfileSource} source
 */
export function rulesText({ rules, tiers = {} }) {
  const rows = rules.map((rule) => [`\`${rule.id}\``, limitText(rule), scopeText(rule)]);
  const byRule = table([['rule', 'limit', 'counted by'], ...rows]);
  const names = Object.keys(tiers);
  if (names.length === 0) return byRule;
  const changed = [...new Set(names.flatMap((name) => Object.keys(tiers[name] ?? {})))];
  const ofTiers = changed.map((id) => [
    `\`${id}\``,
    ...names.map((name) => {
      const limit = tiers[name]?.[id];
      if (limit === undefined) return '';
      return typeof limit === 'number'
        ? `${limit}`
        : `${limit.capacity}, ${perSecond(limit.refillRate)}`;
    }),
  ]);
  const head = ['rule', ...names.map((name) => `\`${name}\``)];
  return `${byRule}\nLimits by \`tier\`:\n\n${table([head, ...ofTiers])}`;
}

/**
 * Costs of endpoints; endpoints of the same costs are listed together.
 * @param {ProfileSource} source
 */
export function costsText({ rules, costs }) {
  const { default: fallback, defaults = {}, endpoints, most = {}, calls = {} } = costs(rules);
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const [endpoint, charged] of Object.entries(endpoints)) {
    const text = chargeText(charged, endpoint);
    const group = groups.get(text);
    if (group) group.push(endpoint);
    else groups.set(text, [endpoint]);
  }
  const known = [...groups].map(
    ([text, list]) => `${filled(text)}\n\n\`\`\`text\n${wrapped(list.sort())}\`\`\`\n`,
  );
  const others = [
    ...Object.entries(defaults).map(
      ([start, charged]) => `- \`${start}\`…: ${chargeText(charged)}`,
    ),
    `- any other: ${chargeText(fallback)}`,
  ];
  const carriers = Object.entries(calls).map(([carrier, call]) => `- \`${carrier}\`: \`${call}\``);
  const caps = Object.entries(most).map(([id, amount]) => `- \`${id}\`: ${amount}`);
  return [
    `${Object.keys(endpoints).length} endpoints, by what one request is charged. \`…\` in a rule stands for the endpoint.\n`,
    ...known,
    ...(carriers.length > 0
      ? [
          `Requests that carry a call, and the endpoint that is charged:\n\n${carriers.join('\n')}\n`,
        ]
      : []),
    `Endpoints in no table, by how they begin:\n\n${others.join('\n')}\n`,
    ...(caps.length > 0 ? [`The most that one request is charged:\n\n${caps.join('\n')}\n`] : []),
  ].join('\n');
}

/**
 * Sources that `npm run figures` compared, and figures that none of them has.
 * @param {import('../figures/record.mjs').Recorded | undefined} recorded
 */
export function sourcesText(recorded) {
  if (!recorded) return 'No package that `npm run figures` reads has figures of this exchange.\n';
  const rows = recorded.sources.map(({ source, date, endpoints, same }) => [
    source,
    date,
    `${endpoints}`,
    `${same}`,
  ]);
  const compared = `Compared by \`npm run figures\` on ${recorded.date}:\n\n${table([
    ['package', 'of', 'endpoints', 'with our figure'],
    ...rows,
  ])}`;
  if (recorded.alone.length === 0) return compared;
  return `${compared}\nNo package has our figure of these:\n\n\`\`\`text\n${wrapped(recorded.alone)}\`\`\`\n`;
}

/**
 * Figures of other sources that differ, and why ours stand.
 * @param {Decision[]} decisions
 */
export function differencesText(decisions) {
  if (decisions.length === 0) return 'None.\n';
  const sections = decisions.map(({ source, date, reason, answers }) => {
    const lines = Object.entries(answers).map(([endpoint, figures]) => `${endpoint}: ${figures}\n`);
    return `${filled(`${source}, ${date}: ${reason}`)}\n\n\`\`\`text\n${lines.join('')}\`\`\`\n`;
  });
  return `Each line has our figure, then that of the source.\n\n${sections.join('\n')}`;
}

/**
 * @param {Costs} charged
 * @param {string} [endpoint]
 */
function chargeText(charged, endpoint = '{endpoint}') {
  // Ids have the names of parts of a path without their braces.
  const bare = endpoint.replaceAll(/[{}]/g, '');
  const texts = Object.entries(charged).map(
    ([id, cost]) => `\`${id.replace(endpoint, '…').replace(bare, '…')}\` ${costText(cost)}`,
  );
  return texts.length === 0 ? 'nothing' : texts.join(' + ');
}

/** @param {Rule} rule */
function limitText(rule) {
  switch (rule.algorithm) {
    case 'rolling-window':
      return `${rule.limit} in any ${duration(rule.interval)}`;
    case 'fixed-window':
      return `${rule.limit} in each ${duration(rule.interval)}`;
    case 'first-request-window':
      return `${rule.limit} in ${duration(rule.interval)} from the first request`;
    case 'token-bucket':
      return `bucket of ${rule.capacity}, ${perSecond(rule.refillRate)}`;
    case 'spacing':
      return `one each ${duration(rule.interval)}`;
    case 'concurrency':
      return `${rule.limit} at once`;
    default:
      throw new Error(`there are no words for ${rule}`);
  }
}

/** @param {Rule} rule */
function scopeText({ scope = 'ip' }) {
  return scope === 'ip' ? 'address' : scope;
}

/** @param {number} refillRate tokens in a millisecond */
function perSecond(refillRate) {
  return `${Number((refillRate * 1000).toPrecision(6))}/s`;
}

/** @param {number} ms */
function duration(ms) {
  for (const [unit, size] of /** @type {const} */ ([
    ['day', 86_400_000],
    ['h', 3_600_000],
    ['min', 60_000],
    ['s', 1000],
  ])) {
    if (ms >= size && ms % size === 0) return `${ms / size} ${unit}`;
  }
  return `${ms} ms`;
}

/**
 * Wraps a paragraph.
 * @param {string} text
 */
function filled(text) {
  // A line that begins with `+ ` would be a list item of Markdown.
  return text.replace(/(.{1,100})(?: (?!\+ )|$)/g, '$1\n').trimEnd();
}

/** @param {string[]} items */
function wrapped(items) {
  let text = '';
  let line = '';
  for (const item of items) {
    if (line !== '' && line.length + item.length + 2 > 100) {
      text += `${line},\n`;
      line = item;
    } else line = line === '' ? item : `${line}, ${item}`;
  }
  return `${text}${line}\n`;
}

/** @param {string[][]} rows with the head */
function table(rows) {
  const [head = []] = rows;
  const widths = head.map((_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0), 3),
  );
  const lines = [head, widths.map((width) => '-'.repeat(width)), ...rows.slice(1)];
  return lines
    .map(
      (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |\n`,
    )
    .join('');
}
