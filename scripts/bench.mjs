// `npm run bench`: measures the packed package against its peers. `npm run bench -- --help` lists
// the options. Each file in benches/package/measures/ holds one measure, and says why it is fair.

import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { against, buildIn } from '../benches/package/against.mjs';
import { COMPLETE, SHARED, writeDocuments } from '../benches/package/lib/documents.mjs';
import { tableText, targetsText } from '../benches/package/lib/screen.mjs';
import { cancel } from '../benches/package/measures/cancel.mjs';
import { clients } from '../benches/package/measures/clients.mjs';
import { costs } from '../benches/package/measures/costs.mjs';
import { dashboard } from '../benches/package/measures/dashboard.mjs';
import { grant } from '../benches/package/measures/grant.mjs';
import { lateness } from '../benches/package/measures/lateness.mjs';
import { persist } from '../benches/package/measures/persist.mjs';
import { plan } from '../benches/package/measures/plan.mjs';
import { queue } from '../benches/package/measures/queue.mjs';
import { shared } from '../benches/package/measures/shared.mjs';
import { size } from '../benches/package/measures/size.mjs';
import { start } from '../benches/package/measures/start.mjs';
import { timers } from '../benches/package/measures/timers.mjs';
import { help, OptionError, readOptions } from '../benches/package/options.mjs';
import { installPackage } from '../benches/package/package.mjs';
import { build } from './build.mjs';
import { root } from './lib/project.mjs';
import { setup } from './setup.mjs';

const measures = [
  grant,
  queue,
  cancel,
  lateness,
  timers,
  start,
  size,
  costs,
  clients,
  dashboard,
  persist,
  plan,
  shared,
];
const names = measures.map(({ name }) => name);

// Read before the build, which is a load itself.
const busy = loadavg()[0] ?? 0;

/** @type {import('./setup.mjs').Part[]} */
const OTHER_PARTS = ['clients', 'browser'];

// Options come first: a mistake in one should not cost a build.
const options = optionsOrExit();
if (options.help) {
  process.stdout.write(help(names));
} else {
  // Before the build too, as a folder without a build is a mistake in an option.
  const other = otherOrExit();
  /** @type {import('./setup.mjs').Part[]} */
  const forShared = options.only.includes(shared.name) ? ['redis', 'redisClients'] : [];
  await setup(['node', 'wasm', ...(options.isShared ? [] : OTHER_PARTS), ...forShared]);
  await build();
  await (other === undefined ? bench() : compare(other));
}

async function bench() {
  const began = performance.now();
  const installed = await installPackage();
  const { version } = JSON.parse(readFileSync(join(installed.folder, 'package.json'), 'utf8'));
  const machine = {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    node: process.version,
    loadBefore: busy,
  };
  process.stdout.write(
    `multi-throttler ${version} on ${machine.cpu}, ${machine.cores} cores, Node ${machine.node}\n`,
  );
  if (busy > machine.cores / 2) {
    process.stdout.write(
      `The machine is busy (load ${busy.toFixed(1)}), so figures will be too high.\n`,
    );
  }

  /** @type {Record<string, unknown>} */
  const figures = {};
  /** @type {import('../benches/package/types.ts').Target[]} */
  const targets = [];
  for (const measure of measures.filter(({ name }) => options.only.includes(name))) {
    const result = await measure.run({
      effort: options.effort,
      installed,
      say: (text) => say(`${measure.name}: ${text}`),
    });
    say('');
    for (const table of result.tables) process.stdout.write(tableText(table));
    figures[measure.name] = result.figures;
    targets.push(...result.targets);
  }
  process.stdout.write(targetsText(targets));
  const seconds = Math.round((performance.now() - began) / 1000);
  process.stdout.write(`\n${seconds} s. Ratios hold between machines, times do not.\n`);

  const written = options.complete ? COMPLETE : options.isShared ? SHARED : undefined;
  if (written !== undefined) {
    save(written, {
      version,
      date: new Date().toISOString().slice(0, 10),
      machine,
      seconds,
      targets,
      figures,
    });
  }
}

/** @param {string} other folder of another build */
async function compare(other) {
  const table = await against(join(root, 'pkg'), other, options.effort, (text) => say(text));
  say('');
  process.stdout.write(tableText(table));
}

/**
 * @param {import('../benches/package/lib/documents.mjs').Run} written
 * @param {Record<string, unknown>} results
 */
function save(written, results) {
  // Four digits; further ones are noise and would change with each run.
  const text = JSON.stringify(
    results,
    (_, value) => (typeof value === 'number' ? Number(value.toPrecision(4)) : value),
    2,
  );
  writeFileSync(join(root, 'benches', 'package', written.file), `${text}\n`);
  writeDocuments(root, written, JSON.parse(text));
  const files = [`benches/package/${written.file}`, ...Object.keys(written.texts)];
  process.stdout.write(`Written to ${files.join(', ')}.\n`);
}

/**
 * Shows progress in one line, which the next call overwrites. Prints only to a terminal.
 * @param {string} text
 */
function say(text) {
  if (process.stdout.isTTY) process.stdout.write(`\r\x1b[K${text}`);
}

function optionsOrExit() {
  return orExit(() => readOptions(process.argv.slice(2), names));
}

function otherOrExit() {
  return orExit(() => (options.against === undefined ? undefined : buildIn(options.against)));
}

/**
 * @template T
 * @param {() => T} read
 * @returns {T}
 */
function orExit(read) {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  }
}
