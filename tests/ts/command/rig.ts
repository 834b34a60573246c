/** Runs the built command in a folder of its own. */

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll } from 'vitest';

const COMMAND = fileURLToPath(new URL('../../../pkg/command.mjs', import.meta.url));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with files for the command. */
export function commandFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-command-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const run = (...args: string[]) =>
    new Promise<Outcome>((resolve) => {
      execFile(process.execPath, [COMMAND, ...args], { cwd: folder }, (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
      );
    });
  const write = (name: string, content: unknown) =>
    writeFileSync(
      join(folder, name),
      typeof content === 'string' ? content : JSON.stringify(content),
    );
  return {
    run,
    write,
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
    /** Plans a job file and returns the result. */
    plan: async (job: unknown, ...args: string[]) => {
      const name = `job-${Math.random().toString(36).slice(2)}.json`;
      write(name, job);
      const { stdout, stderr, code } = await run('plan', name, '--json', ...args);
      if (stdout === '') throw new Error(`exit code ${code}: ${stderr}`);
      return { ...JSON.parse(stdout), code };
    },
  };
}

/** A job that polls order books, each of weight 5. */
export const books = (every: string, more: object = {}) => ({
  name: 'books',
  path: '/api/v3/depth',
  params: { symbol: '{symbol}', limit: 100 },
  every,
  ...more,
});
