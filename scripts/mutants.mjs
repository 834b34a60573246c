// `npm run mutants`: mutation testing. Changes the engine in a thousand small ways and lists the
// changes that no test notices. `npm run mutants -- --help` lists the options; .cargo/mutants.toml
// configures the code to change and the tests to run.

import {
  appendFileSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './lib/project.mjs';
import { ask, run } from './lib/run.mjs';
import { setup } from './setup.mjs';

const help = `npm run mutants [-- options]

  --file <path>   only mutants of this file, such as src/engine/numeric/rate.rs; may be repeated
  --shard <k/n>   only the k-th of n equal parts, counted from 0
  --only <text>   only mutants whose names match this regular expression
  --again         only mutants that survived the previous run
  --list          lists the mutants without running them
  --cases <n>     random cases per property, 300 by default; more cases find more and take longer
  --help          prints this text

The whole engine takes an hour and a half on one processor. target/mutants.out/missed.txt lists the
survivors.
`;

/**
 * @typedef {{ noticed: number, endless: number, survived: number, 'not compiled': number }} Counts
 */

const output = join(root, 'target');
/** The folder in which mutants are made; always the same, so that little has to be rebuilt. */
const copy = join(output, 'mutants.src');

const { values } = readOptions();
if (values.help) {
  process.stdout.write(help);
} else {
  await setup(['mutants']);
  process.exitCode = await mutate();
}

async function mutate() {
  rmSync(copy, { recursive: true, force: true });
  copyTo(copy);
  declareAlgorithms(copy);
  const code = await mutateIn(copy);
  if (!values.list) {
    showSurvivors();
    showCounts();
  }
  return code;
}

/**
 * Copies all files that are under version control, and new ones that are not ignored.
 * @param {string} folder
 */
function copyTo(folder) {
  const files = ask('git', [
    'ls-files',
    '--cached',
    '--others',
    '--exclude-standard',
    '--deduplicate',
  ]);
  if (!files) throw new Error('git lists no files');
  for (const file of files.split('\n').filter((file) => existsSync(join(root, file)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
}

/**
 * Declares the modules of the algorithms once more, for a configuration that never applies:
 * cargo-mutants finds files by literal `mod` items, and a macro declares these.
 * @param {string} folder
 */
function declareAlgorithms(folder) {
  const list = join(folder, 'src', 'engine', 'limit', 'mod.rs');
  const declared = readFileSync(list, 'utf8');
  const modules = readdirSync(dirname(list)).map((file) => file.replace('.rs', ''));
  const missing = modules.filter((name) => name !== 'mod' && !declared.includes(`mod ${name};`));
  appendFileSync(list, missing.map((name) => `#[cfg(any())]\nmod ${name};\n`).join(''));
}

/** @param {string} folder */
async function mutateIn(folder) {
  const argv = [
    'cargo',
    'mutants',
    '--package',
    'multi-throttler-engine',
    '--dir',
    folder,
    '--in-place',
    '--output',
    output,
    '--colors',
    'never',
  ];
  for (const file of values.file ?? []) argv.push('--file', file);
  if (values.shard) argv.push('--shard', values.shard);
  if (values.only) argv.push('--re', values.only);
  if (values.again) argv.push('--iterate');
  if (values.list) argv.push('--list');
  mkdirSync(output, { recursive: true });
  const env = {
    PROPTEST_CASES: values.cases,
    // Random cases are the same in each run, or a mutant would survive only sometimes.
    PROPTEST_RNG_SEED: '1',
    // A failure suffices: it need be neither shrunk nor kept.
    PROPTEST_MAX_SHRINK_ITERS: '0',
    PROPTEST_DISABLE_FAILURE_PERSISTENCE: 'true',
    // A separate folder, as products of mutants have the same names as those of the project.
    CARGO_TARGET_DIR: join(output, 'mutants'),
  };
  const { code } = await run(argv, { echo: true, env, minutes: 300 });
  return code;
}

function showSurvivors() {
  const missed = join(output, 'mutants.out', 'missed.txt');
  const names = existsSync(missed) ? readFileSync(missed, 'utf8').trim() : '';
  process.stdout.write(names === '' ? '\nNo mutant survived.\n' : `\nSurvivors:\n${names}\n`);
}

/** Prints the outcomes of mutants by file. */
function showCounts() {
  const results = join(output, 'mutants.out');
  if (!existsSync(join(results, 'outcomes.json'))) return;
  /**
   * @type {{ outcomes: { scenario: { Mutant?: { file: string } }, summary: string, log_path: string
   *   }[] }}
   */
  const { outcomes } = JSON.parse(readFileSync(join(results, 'outcomes.json'), 'utf8'));
  /** @type {Map<string, Counts>} */
  const files = new Map();
  for (const { scenario, summary, log_path: log } of outcomes) {
    if (!scenario.Mutant) continue;
    const { file } = scenario.Mutant;
    const counts = files.get(file) ?? { noticed: 0, endless: 0, survived: 0, 'not compiled': 0 };
    files.set(file, counts);
    if (summary === 'MissedMutant') counts.survived += 1;
    else if (summary === 'Unviable') counts['not compiled'] += 1;
    else if (summary === 'Timeout' || readFileSync(join(results, log), 'utf8').includes('SIGXCPU'))
      counts.endless += 1;
    else counts.noticed += 1;
  }
  console.table(Object.fromEntries(files));
}

function readOptions() {
  try {
    return parseArgs({
      options: {
        file: { type: 'string', multiple: true },
        shard: { type: 'string' },
        only: { type: 'string' },
        again: { type: 'boolean' },
        list: { type: 'boolean' },
        cases: { type: 'string', default: '300' },
        help: { type: 'boolean' },
      },
    });
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exit(2);
  }
}
