// One command of the build.

import { run } from '../lib/run.mjs';

/**
 * Runs a command, silently unless it fails. Returns what it printed.
 * @param {string} name what it does, in a word
 * @param {string[]} argv
 */
export async function step(name, argv) {
  const { code, text, seconds } = await run(argv, { minutes: 15 });
  if (code !== 0) throw new Error(`build: ${name} failed: ${argv.join(' ')}\n${text}`);
  process.stdout.write(`build: ${name} (${seconds.toFixed(1)} s)\n`);
  return text;
}
