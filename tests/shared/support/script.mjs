// The ledger's script with a clock that tests set, and calls of it.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { luaText } from '../../../scripts/build/lua.mjs';
import { root } from '../../../scripts/lib/project.mjs';

const PARTS = ['limits', 'store', 'allocate', 'sync'];
const source = PARTS.map((name) =>
  luaText(readFileSync(join(root, 'ts', 'redis', 'ledger', `${name}.lua`), 'utf8')),
).join('');

/** The one line that reads the clock. */
const CLOCK = "local clock = call('TIME')\n";

/** The script, whose clock is its third argument, in milliseconds. */
export const TIMED = source.replace(CLOCK, 'local clock = { 0, 1000 * tonumber(ARGV[3]) }\n');
if (TIMED === source) throw new Error('the script has no line that reads the clock');

/** The script as it is. */
export const SCRIPT = source;
