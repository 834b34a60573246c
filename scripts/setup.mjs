// Installs missing tools for the scripts: `await setup(['node', 'wasm', 'browser'])`. If none is
// missing, it takes well under a second and prints nothing. To run it by hand: `node
// scripts/setup.mjs`.
//
// This file and its imports use only Node's own modules, as no package may be installed yet.
// Scripts that call it import packages with `await import(…)` afterwards.

import { pathToFileURL } from 'node:url';
import { run } from './lib/run.mjs';
import { browser } from './setup/browser.mjs';
import { clients } from './setup/clients.mjs';
import { docs } from './setup/docs.mjs';
import { fakeTimers } from './setup/fake-timers.mjs';
import { faketime } from './setup/faketime.mjs';
import { firefox } from './setup/firefox.mjs';
import { node } from './setup/node.mjs';
import { react18 } from './setup/react-18.mjs';
import { redis } from './setup/redis.mjs';
import { redisClients } from './setup/redis-clients.mjs';
import { redisServers } from './setup/redis-servers.mjs';
import { runtimes } from './setup/runtimes.mjs';
import { rust } from './setup/rust.mjs';
import { fuzz, mutants } from './setup/testers.mjs';
import { wasm, wasmBindgen, wasmPack } from './setup/wasm.mjs';
import { webkit } from './setup/webkit.mjs';

/**
 * @typedef {'node' | 'rust' | 'wasm' | 'wasmBindgen' | 'wasmPack' | 'browser' | 'firefox' |
 *   'webkit' | 'runtimes' | 'fakeTimers' | 'react18' | 'clients' | 'docs' | 'redis' |
 *   'redisClients' | 'redisServers' | 'faketime' | 'fuzz' | 'mutants'} Part
 */

/** @type {Record<Part, import('./setup/step.mjs').Step>} */
const steps = {
  node,
  rust,
  wasm,
  wasmBindgen,
  wasmPack,
  browser,
  firefox,
  webkit,
  runtimes,
  fakeTimers,
  react18,
  clients,
  docs,
  redis,
  redisClients,
  redisServers,
  faketime,
  fuzz,
  mutants,
};

/**
 * Sets up the parts and the parts that they need. Ends the process with the reason if one fails.
 * @param {readonly Part[]} parts
 */
export async function setup(parts) {
  const failures = await prepare(parts);
  if (failures.size === 0) return;
  for (const reason of failures.values()) process.stderr.write(`${reason}\n`);
  process.exit(1);
}

/**
 * Sets up as many of the parts as possible.
 * @param {readonly Part[]} parts
 * @returns {Promise<Map<Part, string>>} the parts that failed, each with the reason
 */
export async function prepare(parts) {
  /** @type {Map<Part, string>} */
  const failures = new Map();
  /** @type {import('./setup/step.mjs').Step[]} */
  const installed = [];
  for (const part of withNeeds(parts)) {
    const step = steps[part];
    const without = step.needs?.find((need) => failures.has(need));
    if (!without && step.find().length === 0) continue;
    const reason = without
      ? `set-up: ${step.name}: not set up, as ${steps[without].name} is missing`
      : await attempt(step);
    if (reason === undefined) installed.push(step);
    else failures.set(part, reason);
  }
  for (const step of installed) step.cleanUp?.();
  return failures;
}

/**
 * The parts and the parts that they need, in the order of `steps`: each part after its needs.
 * @param {readonly Part[]} parts
 */
function withNeeds(parts) {
  /** @type {Set<Part>} */
  const wanted = new Set();
  /** @param {Part} part */
  const add = (part) => {
    wanted.add(part);
    steps[part].needs?.forEach(add);
  };
  parts.forEach(add);
  return /** @type {Part[]} */ (Object.keys(steps)).filter((part) => wanted.has(part));
}

/**
 * @param {import('./setup/step.mjs').Step} step
 * @returns {Promise<string | undefined>} the reason if it failed
 */
async function attempt(step) {
  const missing = step.find();
  const commands = step.install();
  const byHand =
    step.byHand?.() ??
    commands
      .map(({ argv }) => argv.map((word) => word.replaceAll(' ', '\\ ')).join(' '))
      .join(' && ');
  const failure = (/** @type {string} */ what) =>
    `set-up: ${what}\nTo continue, do this by hand: ${byHand}`;

  if (commands.length === 0) return failure(`${step.name}: missing ${missing.join(', ')}.`);
  say(`${step.name}: missing ${missing.join(', ')}`);
  for (const { argv, env, minutes } of commands) {
    const label = argv.join(' ');
    const { code, text, seconds } = await withTicks(label, run(argv, { env: env ?? {}, minutes }));
    if (code !== 0) return failure(`${step.name}: \`${label}\` failed.\n${excerpt(text)}`);
    say(`${label}: done in ${seconds.toFixed(0)} s`);
  }
  step.installed?.();
  const still = step.find();
  return still.length > 0 ? failure(`${step.name}: still missing ${still.join(', ')}.`) : undefined;
}

/**
 * Reports every ten seconds that the work is still in progress.
 * @template T
 * @param {string} label
 * @param {Promise<T>} work
 */
async function withTicks(label, work) {
  say(`${label} …`);
  let seconds = 0;
  const ticks = setInterval(() => {
    seconds += 10;
    say(`${label} … ${seconds} s`);
  }, 10_000);
  try {
    return await work;
  } finally {
    clearInterval(ticks);
  }
}

/**
 * The start and the end of a tool's output, where tools report errors.
 * @param {string} text
 */
function excerpt(text) {
  const lines = text.trim().split('\n');
  return (lines.length > 50 ? [...lines.slice(0, 20), '…', ...lines.slice(-30)] : lines).join('\n');
}

/** @param {string} text */
const say = (text) => process.stdout.write(`set-up: ${text}\n`);

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) {
  await setup(['node', 'rust', 'wasm', 'wasmPack', 'browser', 'firefox', 'runtimes']);
  say('complete');
}
