// Runs other programs: `ask` for a short output, `run` for longer work.

import { spawn, spawnSync } from 'node:child_process';
import { env, root } from './project.mjs';

/**
 * The output of a program; undefined if it is missing, fails, or takes longer than 30 s.
 * @param {string} program
 * @param {string[]} args
 */
export function ask(program, args) {
  const answer = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', timeout: 30_000 });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 1 if the program did not start or was stopped
 * @property {string} text its output, and the reason if it was stopped
 * @property {number} seconds
 */

/** @type {Set<number>} running process groups */
const groups = new Set();

/** @param {number} group */
function kill(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    // The group ended between the decision and the signal.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

process.once('exit', () => {
  for (const group of groups) kill(group);
});
for (const [signal, code] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
])) {
  process.once(signal, () => process.exit(code));
}

/**
 * Runs a program to its end, within a timeout. Never rejects: a program that cannot start or
 * exceeds the timeout has an outcome like any other failure.
 *
 * Each program leads its own process group, so that ending it also ends its children: test runners
 * start browsers, which would otherwise outlive them and hold the pipes open.
 * @param {string[]} argv
 * @param {{ env?: NodeJS.ProcessEnv, echo?: boolean, minutes: number }} options `echo` prints
 *   output as it arrives
 * @returns {Promise<Outcome>}
 */
export function run(argv, options) {
  return new Promise((resolve) => {
    const started = performance.now();
    const child = spawn(argv[0] ?? '', argv.slice(1), {
      cwd: root,
      env: { ...env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      detached: true,
    });
    let text = '';
    /** @param {string} chunk */
    const take = (chunk) => {
      text += chunk;
      if (options.echo) process.stdout.write(chunk);
    };
    const { pid } = child;
    if (pid !== undefined) groups.add(pid);
    const limit = setTimeout(() => {
      take(`\nstopped after ${options.minutes} minutes\n`);
      if (pid !== undefined) kill(pid);
    }, options.minutes * 60_000);

    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => take(`${error.message}\n`));
    child.once('close', (code) => {
      clearTimeout(limit);
      if (pid !== undefined) groups.delete(pid);
      // No exit code means that a signal ended it; a negative one, that it did not start.
      resolve({
        code: code === null || code < 0 ? 1 : code,
        text,
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}
