// `npm run figures`: compares every figure that packages carry with what we charge. Outside of CI,
// as it brings packages from npm and PyPI into .tools/figures; none is run but the project's own
// ccxt.
//
// A source's figure that differs needs an answer in scripts/figures/decisions, with its reason and
// date, or the command fails. No answer needs a third party's figure that allows more than ours,
// where the vendor's own agrees with ours.

import { parseArgs } from 'node:util';
import { compare } from './figures/compare.mjs';
import { Decisions } from './figures/decisions.mjs';
import { oursOf } from './figures/ours.mjs';
import { bringPackages } from './figures/packages.mjs';
import { record } from './figures/record.mjs';
import { lineOf, summaryOf, summaryText } from './figures/report.mjs';
import { readAll } from './figures/sources.mjs';

const HELP = `npm run figures [-- options]

Compares the figures of packages with what profiles and the adapter for ccxt charge, endpoint by endpoint.
Fails if one differs without an answer in scripts/figures/decisions, or if an answer is for nothing.

  --summary            only the differences without an answer and the table by profile
  --json               all rows as JSON
  --only <profile>     one profile; may be given several times
  --second-opinions    bring hummingbot (pip reads its setup) and nautilus_trader (190 MB) as well
  --decide <reason>    answer the differences without one that --match fits, today
  --match <pattern>    a regular expression on the printed lines
  --record             note which sources agree, for the pages of docs/exchanges
  --help               this text
`;

const { values: options } = parseArgs({
  options: {
    summary: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    only: { type: 'string', multiple: true },
    'second-opinions': { type: 'boolean', default: false },
    decide: { type: 'string' },
    match: { type: 'string', default: '' },
    record: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (options.help) {
  process.stdout.write(HELP);
} else {
  await bringPackages({
    secondOpinions: options['second-opinions'],
    say: (text) => process.stderr.write(`figures: ${text}\n`),
  });
  // The rows themselves say which endpoints are in no table.
  const { warn } = console;
  console.warn = () => {};
  const rows = await judgedRows(options.only);
  console.warn = warn;
  if (options.record) await record(rows);
  print(rows);
}

/**
 * @param {string[] | undefined} only
 * @returns {Promise<import('./figures/report.mjs').Judged[]>}
 */
async function judgedRows(only) {
  const figures = readAll().filter(({ profile }) => only === undefined || only.includes(profile));
  /** @type {import('./figures/types.ts').Row[]} */
  const rows = [];
  for (const figure of figures) {
    for (const ours of await oursOf(figure)) rows.push(compare(figure, ours));
  }
  const decisions = new Decisions(figures.map(({ source }) => source));
  const agreed = agreedByVendor(rows);
  /** @type {import('./figures/report.mjs').Judged[]} */
  const judged = rows.map((row) => {
    const status = statusOf(row, agreed);
    const reason = status === 'undecided' ? decisions.reasonFor(row) : undefined;
    return { ...row, reason, status: reason === undefined ? status : 'decided' };
  });
  if (options.decide !== undefined) {
    const pattern = new RegExp(options.match);
    const open = judged.filter((row) => row.status === 'undecided' && pattern.test(lineOf(row)));
    decisions.add(open, options.decide, new Date().toISOString().slice(0, 10));
    decisions.save();
    process.stderr.write(`figures: ${open.length} differences answered\n`);
  }
  if (only === undefined) {
    for (const stale of decisions.stale()) {
      process.stderr.write(`figures: an answer is for nothing: ${stale}\n`);
      process.exitCode = 1;
    }
  }
  return judged;
}

/**
 * Status before decisions are looked at.
 * @param {import('./figures/types.ts').Row} row
 * @param {Set<string>} agreed
 * @returns {import('./figures/report.mjs').Status}
 */
function statusOf({ verdict, figure, ours }, agreed) {
  if (verdict === 'same') return 'same';
  if (verdict !== 'careful') return 'undecided';
  // Endpoints in no table are to be charged more than they may cost.
  if (ours.unknown) return 'default';
  return !figure.isVendor && agreed.has(`${figure.profile} ${figure.endpoint}`)
    ? 'outranked'
    : 'undecided';
}

/**
 * Endpoints of which every figure of the vendor is ours.
 * @param {import('./figures/types.ts').Row[]} rows
 */
function agreedByVendor(rows) {
  const ofVendor = rows.filter(({ figure }) => figure.isVendor);
  const key = (/** @type {import('./figures/types.ts').Row} */ { figure }) =>
    `${figure.profile} ${figure.endpoint}`;
  const differing = new Set(ofVendor.filter(({ verdict }) => verdict !== 'same').map(key));
  return new Set(ofVendor.map(key).filter((one) => !differing.has(one)));
}

/** @param {import('./figures/report.mjs').Judged[]} rows */
function print(rows) {
  const open = rows.filter(({ status }) => status === 'undecided');
  if (open.length > 0) process.exitCode = 1;
  const summary = summaryOf(rows);
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ summary, rows }, null, 2)}\n`);
    return;
  }
  if (!options.summary) {
    for (const { profile } of summary) {
      process.stdout.write(`\n${profile}\n`);
      for (const row of rows)
        if (row.figure.profile === profile) process.stdout.write(`${lineOf(row)}\n`);
    }
  } else {
    for (const row of open) process.stdout.write(`${row.figure.profile} ${lineOf(row)}\n`);
  }
  process.stdout.write(`\n${summaryText(summary)}\n`);
  process.stdout.write(
    '\n! without an answer, + answered in scripts/figures/decisions, . the vendor agrees with us,\n~ in no table, and charged more than the source says\n',
  );
}
