/** Runs `multi-throttler plan --from`. */

import { basename } from 'node:path';
import type { PlanArguments } from './arguments.js';
import { readText, writeText } from './files.js';
import { examine } from './log/examine.js';
import { readLog } from './log/read-log.js';
import { logPage } from './output/log-page.js';
import { logTable } from './output/log-table.js';
import { paintFor } from './output/text.js';

/**
 * Examines a log and prints what was found.
 *
 * @throws {UserError} the log or an option is wrong
 */
export function runLog(path: string, options: PlanArguments, out: NodeJS.WriteStream): void {
  const name = path === '-' ? 'standard input' : path;
  const log = readLog(name, readText(path));
  const findings = examine(log, options.exchange);
  if (options.html !== undefined) writeText(options.html, logPage(basename(name), findings));
  if (options.json) {
    out.write(
      `${JSON.stringify({ version: 1, isCut: log.isCut, exchanges: findings }, null, 2)}\n`,
    );
    return;
  }
  const paint = paintFor(out.isTTY === true, process.env);
  const parts = [
    ...findings.map((one) => logTable(one, paint)),
    ...(log.isCut ? [`${paint.yellow('•')} The last line has no end and was left out.`] : []),
    ...(options.html === undefined ? [] : [paint.dim(`The page is in ${options.html}.`)]),
  ];
  out.write(`${parts.join('\n\n')}\n`);
}
