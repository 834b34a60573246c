/** Reads the arguments of the command. */

import { parseArgs } from 'node:util';
import { readDuration } from './duration.js';
import { PROFILES } from './plan/profiles.js';
import { suggestion } from './suggest.js';
import { UserError } from './user-error.js';

export interface PlanArguments {
  /** Job file; `-` for standard input; undefined with `from`. */
  readonly file: string | undefined;
  /** Log of requests. */
  readonly from: string | undefined;
  readonly exchange: string | undefined;
  readonly json: boolean;
  /** File to write a page to. */
  readonly html: string | undefined;
  /** Path of the number to grow. */
  readonly grow: string | undefined;
  /** Bound of the p99 wait, ms; undefined if none was given. */
  readonly p99: number | undefined;
  readonly tiers: boolean;
}

export type Arguments = { readonly command: 'plan'; readonly options: PlanArguments } | Other;

interface Other {
  readonly command: 'help' | 'version';
}

const OPTIONS = {
  from: { type: 'string' },
  exchange: { type: 'string' },
  json: { type: 'boolean' },
  html: { type: 'string' },
  grow: { type: 'string' },
  p99: { type: 'string' },
  tiers: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/**
 * Reads the arguments after the name of the program.
 *
 * @throws {UserError} names the argument and what it should be
 */
export function readArguments(argv: readonly string[]): Arguments {
  checkNames(argv);
  const { values, positionals } = parsed(argv);
  if (values.version) return { command: 'version' };
  const [command, ...files] = positionals;
  if (values.help || command === undefined || command === 'help') return { command: 'help' };
  if (command !== 'plan') {
    const hint = suggestion(command, ['plan', 'help']);
    throw new UserError(
      `there is no command ${JSON.stringify(command)}${hint || '; there is plan'}`,
    );
  }
  return { command, options: planArguments(values, files) };
}

function planArguments(
  values: ReturnType<typeof parsed>['values'],
  files: readonly string[],
): PlanArguments {
  const { from, exchange, json = false, html, grow, p99, tiers = false } = values;
  const [file, ...more] = files;
  if (more.length > 0)
    throw new UserError(`plan takes one job file, got ${files.length}: ${files.join(', ')}`);
  if (file === undefined && from === undefined)
    throw new UserError('plan needs a job file: npx multi-throttler plan job.json');
  if (from !== undefined) {
    if (file !== undefined)
      throw new UserError(`--from reads a log in place of a job file (${file})`);
    for (const [name, value] of Object.entries({ grow, p99, tiers: tiers || undefined }))
      if (value !== undefined) throw new UserError(`--${name} has no effect with --from`);
  } else if (exchange !== undefined) {
    throw new UserError('--exchange is for --from; a job file names its exchange itself');
  }
  if (exchange !== undefined && !PROFILES.has(exchange)) {
    const names = [...PROFILES.keys()];
    const hint = suggestion(exchange, names) || `; there are ${names.join(', ')}`;
    throw new UserError(`--exchange: there is no exchange ${JSON.stringify(exchange)}${hint}`);
  }
  return { file, from, exchange, json, html, grow, tiers, p99: readBound(p99) };
}

function readBound(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^0+$/.test(text) ? 0 : readDuration(/^[\d.]+$/.test(text) ? Number(text) : text);
  if (ms === undefined)
    throw new UserError(
      `--p99: expected milliseconds, or a text such as 1s, got ${JSON.stringify(text)}`,
    );
  return ms;
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new UserError(
      error instanceof Error ? (error.message.split('. ')[0] as string) : String(error),
    );
  }
}

/** Checks the names of options, for a better error than Node's. */
function checkNames(argv: readonly string[]): void {
  for (const argument of argv) {
    if (argument === '--') return;
    const name = /^--([^=]+)/.exec(argument)?.[1];
    if (name === undefined || Object.hasOwn(OPTIONS, name)) continue;
    const names = Object.keys(OPTIONS);
    const hint = suggestion(name, names);
    throw new UserError(
      `there is no option --${name}${hint.replace(/ (?=\w+(,|\?$))/g, ' --') || `; there are --${names.join(', --')}`}`,
    );
  }
}
