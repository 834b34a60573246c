// Runs a program on a display of its own in memory: `node on-display.mjs program argument…`. Ends
// with the program. `xvfb-run` looks for a free number before it starts the server, so that two at
// once may take the same; here the server chooses and tells.

import { spawn } from 'node:child_process';
import { once } from 'node:events';

const [program = '', ...args] = process.argv.slice(2);
const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x1024x24'], {
  stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
});
const [number] = await once(
  /** @type {import('node:stream').Readable} */ (server.stdio[3]).setEncoding('utf8'),
  'data',
);
const env = { ...process.env, DISPLAY: `:${number.trim()}` };
const child = spawn(program, args, { stdio: 'ignore', env });
const [code] = await once(child, 'close');
server.kill();
process.exitCode = code ?? 1;
