// `npm run mutants`: changes the engine in a thousand small ways, and tells which changes no test notices.
// `npm run mutants -- --help` lists the options. What is changed and which tests run is in .cargo/mutants.toml.

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

  --file <path>   only changes of this file, such as src/rate.rs; may be given several times
  --shard <k/n>   only the k-th of n equal parts, from 0/n on
  --only <text>   only changes whose names match this regular expression
  --again         only those that no test noticed in the run before
  --list          names the changes, makes none
  --cases <n>     random cases of each property, 300 unless given: more find more and take longer
  --help          this text

All of the engine takes an hour and a half of one processor. Survivors are listed in target/mutants.out/missed.txt.
`;

/** @typedef {{ noticed: number, endless: number, survived: number, 'not compiled': number }} Counts */

const output = join(root, 'target');
/** Where the changes are made; always the same, so that little has to be built anew. */
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
 * All that git knows or would know.
 * @param {string} folder
 */
function copyTo(folder) {
  const files = ask('git', ['ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate']);
  if (!files) throw new Error('git lists no files');
  for (const file of files.split('\n').filter((file) => existsSync(join(root, file)))) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    copyFileSync(join(root, file), join(folder, file));
  }
}

/**
 * cargo-mutants finds files by reading `mod` where it is written out, and those of the algorithms are declared by a
 * macro. So they are declared once more, for a configuration that there never is.
 * @param {string} folder
 */
function declareAlgorithms(folder) {
  const list = join(folder, 'src', 'limit', 'mod.rs');
  const declared = readFileSync(list, 'utf8');
  const modules = readdirSync(dirname(list)).map((file) => file.replace('.rs', ''));
  const missing = modules.filter((name) => name !== 'mod' && !declared.includes(`mod ${name};`));
  appendFileSync(list, missing.map((name) => `#[cfg(any())]\nmod ${name};\n`).join(''));
}

/** @param {string} folder */
async function mutateIn(folder) {
  const argv = ['cargo', 'mutants', '--dir', folder, '--in-place', '--output', output, '--colors', 'never'];
  for (const file of values.file ?? []) argv.push('--file', file);
  if (values.shard) argv.push('--shard', values.shard);
  if (values.only) argv.push('--re', values.only);
  if (values.again) argv.push('--iterate');
  if (values.list) argv.push('--list');
  mkdirSync(output, { recursive: true });
  const env = {
    PROPTEST_CASES: values.cases,
    // The same cases each time, or a change would be noticed in one run and not in the next.
    PROPTEST_RNG_SEED: '1',
    // Who fails fails; nobody wants to know how simply, nor to keep it.
    PROPTEST_MAX_SHRINK_ITERS: '0',
    PROPTEST_DISABLE_FAILURE_PERSISTENCE: 'true',
    // Of its own, as what is built of a change has the same name as what is built of the project.
    CARGO_TARGET_DIR: join(output, 'mutants'),
  };
  const { code } = await run(argv, { echo: true, env, minutes: 300 });
  return code;
}

function showSurvivors() {
  const missed = join(output, 'mutants.out', 'missed.txt');
  const names = existsSync(missed) ? readFileSync(missed, 'utf8').trim() : '';
  process.stdout.write(names === '' ? '\nNone survived.\n' : `\nSurvived:\n${names}\n`);
}

/** What became of the changes of each file. */
function showCounts() {
  const results = join(output, 'mutants.out');
  if (!existsSync(join(results, 'outcomes.json'))) return;
  /** @type {{ outcomes: { scenario: { Mutant?: { file: string } }, summary: string, log_path: string }[] }} */
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
