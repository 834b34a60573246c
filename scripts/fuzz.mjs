// `npm run fuzz`: libFuzzer searches for inputs that break the engine. `npm run fuzz -- --help`
// lists the options. The targets' code is in fuzz/src; tests/fuzz.rs runs it on the saved inputs.

import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { setup } from './setup.mjs';

const help = `npm run fuzz [-- options] [target [seconds]]

Fuzzes one target for the given time, or every target for 60 s each. Inputs that reach new code are
kept in fuzz/corpus, which is not committed. An input that breaks the engine is minimised for up to a
minute and written to fuzz/regressions; \`npm test -- rust\` then fails and prints its steps in words.

  --seeds   minimises fuzz/corpus into fuzz/seeds, which is committed, without losing coverage
  --help    prints this text
`;

// The engine has no unsafe code, so a sanitizer would find nothing; without one, stable Rust
// suffices.
const sanitizer = ['--sanitizer', 'none'];
const targets = readdirSync(join(root, 'fuzz', 'fuzz_targets')).map((file) =>
  basename(file, '.rs'),
);

const { target, seconds, options } = readArguments();
if (options.help) {
  process.stdout.write(help);
} else {
  await setup(['fuzz']);
  for (const name of target ? [target] : targets) {
    process.stdout.write(`\n===== ${name}\n`);
    const done = await (options.seeds ? keepSeeds(name) : look(name));
    if (!done) process.exitCode = 1;
  }
}

/**
 * @param {string} name of the target
 * @returns {Promise<boolean>} whether nothing was found
 */
async function look(name) {
  const began = Date.now();
  unpackSeeds(name);
  // New inputs are written into the first folder; the second is only read.
  const folders = [folder('corpus', name), folder('regressions', name)];
  // A call that takes seconds would block the JavaScript that called it, so it counts as a failure.
  const limits = [`-max_total_time=${seconds}`, '-timeout=5', '-rss_limit_mb=2048'];
  const argv = ['cargo', 'fuzz', 'run', ...sanitizer, name, ...folders, '--', ...limits];
  const { code } = await run([...argv, '-print_final_stats=1'], {
    echo: true,
    minutes: seconds / 60 + 15,
  });
  if (code === 0) return true;
  const found = newest(folder('artifacts', name), began);
  if (found) await keepRegression(name, found);
  return false;
}

/**
 * @param {string} name of the target
 * @param {string} found the input that broke it
 */
async function keepRegression(name, found) {
  const began = Date.now();
  const argv = [
    'cargo',
    'fuzz',
    'tmin',
    ...sanitizer,
    name,
    found,
    '--',
    '-max_total_time=60',
    '-timeout=5',
  ];
  await run(argv, { echo: false, minutes: 10 });
  const smallest = newest(folder('artifacts', name), began) ?? found;
  const kept = join(folder('regressions', name), basename(found));
  copyFileSync(smallest, kept);
  process.stdout.write(`\nKept as ${kept}.\nTo see it in words: cargo test --test fuzz\n`);
}

/**
 * Writes the seeds: the fewest inputs that reach the same code. Counts of executions are ignored,
 * as there would be a thousand seeds otherwise.
 * @param {string} name of the target
 * @returns {Promise<boolean>} whether it succeeded
 */
async function keepSeeds(name) {
  const least = mkdtempSync(join(tmpdir(), 'seeds-'));
  try {
    const folders = [least, folder('corpus', name), folder('regressions', name)];
    const argv = [
      'cargo',
      'fuzz',
      'run',
      ...sanitizer,
      name,
      ...folders,
      '--',
      '-merge=1',
      '-use_counters=0',
    ];
    const { code, text } = await run(argv, { minutes: 30 });
    if (code !== 0) {
      process.stdout.write(text);
      return false;
    }
    const lines = readdirSync(least).map((file) => readFileSync(join(least, file)).toString('hex'));
    mkdirSync(join(root, 'fuzz', 'seeds'), { recursive: true });
    writeFileSync(seedsOf(name), `${lines.sort().join('\n')}\n`);
    process.stdout.write(`${lines.length} seeds\n`);
    return true;
  } finally {
    rmSync(least, { recursive: true });
  }
}

/**
 * The file of a target's seeds: one line of hexadecimal digits per seed, as hundreds of tiny files
 * would clutter every listing.
 * @param {string} name of the target
 */
function seedsOf(name) {
  return join(root, 'fuzz', 'seeds', `${name}.txt`);
}

/**
 * Writes each seed into a file of its own, as libFuzzer requires.
 * @param {string} name of the target
 */
function unpackSeeds(name) {
  if (!existsSync(seedsOf(name))) return;
  const lines = readFileSync(seedsOf(name), 'utf8').trim().split('\n');
  for (const [index, line] of lines.entries()) {
    writeFileSync(join(folder('corpus', name), `seed-${index}`), Buffer.from(line, 'hex'));
  }
}

/**
 * Creates a folder if it is missing, and returns its path.
 * @param {string} kind
 * @param {string} name of the target
 */
function folder(kind, name) {
  const path = join(root, 'fuzz', kind, name);
  mkdirSync(path, { recursive: true });
  return path;
}

/**
 * The most recently written file.
 * @param {string} path of a folder
 * @param {number} since Unix milliseconds
 */
function newest(path, since) {
  if (!existsSync(path)) return undefined;
  return readdirSync(path)
    .map((file) => ({ file: join(path, file), at: statSync(join(path, file)).mtimeMs }))
    .filter(({ at }) => at >= since)
    .sort((a, b) => b.at - a.at)[0]?.file;
}

function readArguments() {
  try {
    const { values, positionals } = parseArgs({
      options: { seeds: { type: 'boolean' }, help: { type: 'boolean' } },
      allowPositionals: true,
    });
    const [target, seconds = '60', ...more] = positionals;
    if (target !== undefined && !targets.includes(target)) {
      throw new Error(`Unknown target ${target}. Targets: ${targets.join(', ')}.`);
    }
    if (!/^[1-9]\d*$/.test(seconds))
      throw new Error(`Seconds must be a whole number, got ${seconds}.`);
    if (more.length > 0) throw new Error(`Unexpected arguments: ${more.join(' ')}.`);
    return { target, seconds: Number(seconds), options: values };
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}
