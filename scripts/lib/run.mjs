// Running other programs: `ask` for a short answer, `run` for work that takes time.

import { spawn, spawnSync } from 'node:child_process';
import { env, root } from './project.mjs';

/**
 * What a program prints, or undefined where it is missing, fails or does not answer.
 * @param {string} program
 * @param {string[]} args
 */
export function ask(program, args) {
  const answer = spawnSync(program, args, { cwd: root, env, encoding: 'utf8', timeout: 30_000 });
  return answer.status === 0 ? answer.stdout.trim() : undefined;
}

/**
 * @typedef {object} Outcome
 * @property {number} code exit code; 1 where the program did not start or was stopped
 * @property {string} text all that it printed, and why it was stopped
 * @property {number} seconds
 */

/** @type {Set<number>} process groups under way */
const groups = new Set();

/** @param {number} group */
function kill(group) {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    // It ended between the decision and the signal.
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
 * Runs a program to its end, within a time limit. It never rejects: a program that cannot start or takes too
 * long is an outcome like any other failure.
 *
 * Each program leads a process group of its own, so that ending it ends what it started too: test runners
 * start browsers, which would outlive them and hold the pipes open.
 * @param {string[]} argv
 * @param {{ env?: NodeJS.ProcessEnv, echo?: boolean, minutes: number }} options `echo` prints as output comes
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
      take(`\nstopped: it took more than ${options.minutes} minutes\n`);
      if (pid !== undefined) kill(pid);
    }, options.minutes * 60_000);

    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    child.once('error', (error) => take(`${error.message}\n`));
    child.once('close', (code) => {
      clearTimeout(limit);
      if (pid !== undefined) groups.delete(pid);
      // Without an exit code it was ended by a signal; a negative one says that it did not start.
      resolve({
        code: code === null || code < 0 ? 1 : code,
        text,
        seconds: (performance.now() - started) / 1000,
      });
    });
  });
}
