// `npm run docs:exchanges`: writes the tables in docs/exchanges from the profiles. `-- --check`
// lists the pages that are not current and writes none.

import { parseArgs } from 'node:util';
import { pages, writePages } from './exchange-docs/pages.mjs';

const { values: options } = parseArgs({ options: { check: { type: 'boolean', default: false } } });

const stale = (await pages()).filter(({ now, wanted }) => now !== wanted);
for (const { name } of stale) process.stdout.write(`${name}\n`);
if (options.check) process.exitCode = stale.length > 0 ? 1 : 0;
else writePages(stale);
