// The command line of `npm run bench`.

import { parseArgs } from 'node:util';

/** @typedef {import('./types.ts').Effort} Effort */

/** @type {Effort} */
const FULL = { rounds: 9, batch: 60, backlog: 100_000, starts: 15, grants: 400, timed: 1000 };
/** @type {Effort} */
const QUICK = { rounds: 3, batch: 20, backlog: 5000, starts: 3, grants: 60, timed: 100 };

/** A mistake in the command line. */
export class OptionError extends Error {}

/**
 * @param {readonly string[]} names of the measures
 */
export const help = (names) => `npm run bench [-- options]

Measures the packed package against its peers, in a few minutes. Writes benches/package/results.json
and the documents that quote it. The measure shared, one limit for processes through Redis, runs only
if it is named; alone, it writes shared.json and the documents that quote that.

  --quick         a smoke run of less than 30 seconds; its figures mean little
  <name>, --only <name>
                  one measure: ${names.join(', ')}; may be repeated
  --against <folder>
                  compares with the build in a folder (its pkg/, or a tree that has one) in place
                  of the peers: both in turns, with the ratios and their spread
  --help          prints this text

With --quick, other measures by name, or --against no file is written. A missed target does not fail the run.
`;

/** Measures that run only if they are named. */
const BY_NAME = ['shared'];

/**
 * @param {readonly string[]} args
 * @param {readonly string[]} names of the measures
 */
export function readOptions(args, names) {
  const { values, positionals } = parse(args);
  const { quick, help, against } = values;
  // A measure may also be named without --only.
  const named = [...(values.only ?? []), ...positionals];
  const only = named.length > 0 ? named : undefined;
  const unknown = only?.filter((name) => !names.includes(name)) ?? [];
  if (unknown.length > 0) {
    throw new OptionError(`Unknown measure: ${unknown.join(', ')}. Measures: ${names.join(', ')}.`);
  }
  return {
    help: help === true,
    only: only ?? names.filter((name) => !BY_NAME.includes(name)),
    against,
    complete: !quick && !only,
    isShared: !quick && only?.length === 1 && only[0] === 'shared',
    effort: quick ? QUICK : FULL,
  };
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        only: { type: 'string', multiple: true },
        against: { type: 'string' },
        help: { type: 'boolean' },
      },
      allowPositionals: true,
    });
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}
