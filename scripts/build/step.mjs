// Runs one command of the build.

import { run } from '../lib/run.mjs';

/**
 * Runs a command and returns its output. Prints the output only if the command fails.
 * @param {string} name its action, in a word
 * @param {string[]} argv
 */
export async function step(name, argv) {
  const { code, text, seconds } = await run(argv, { minutes: 15 });
  if (code !== 0) throw new Error(`build: ${name} failed: ${argv.join(' ')}\n${text}`);
  process.stdout.write(`build: ${name} (${seconds.toFixed(1)} s)\n`);
  return text;
}
