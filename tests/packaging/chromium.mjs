// Chromium under remote control, over a pipe: what a page cannot do to itself.

import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BROWSERS } from './pages.mjs';

/** Milliseconds within which Chromium has to answer a command. */
const PATIENCE = 60_000;

/**
 * A browser that was started.
 * @typedef {object} Chromium
 * @property {(method: string, parameters?: object, sessionId?: string) => Promise<any>} send
 * @property {(url: string, browserContextId?: string) => Promise<Tab>} open resolves when the page
 *   is loaded
 * @property {() => Promise<void>} close
 */

/**
 * A page in a tab of its own.
 * @typedef {object} Tab
 * @property {(method: string, parameters?: object) => Promise<any>} send
 * @property {(expression: string) => Promise<any>} evaluate awaits a promise
 * @property {(url: string | -1) => Promise<void>} go to another page, or back to the one before
 */

/** @returns {Promise<Chromium>} */
export async function startChromium() {
  const profile = realpathSync(mkdtempSync(join(tmpdir(), 'multi-throttler-chromium-')));
  const [program = '', ...args] = BROWSERS.Chromium?.(profile) ?? [];
  const child = spawn(program, [...args, '--remote-debugging-pipe', 'about:blank'], {
    stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const [, , , input, output] =
    /** @type {[null, null, null, import('node:stream').Writable, import('node:stream').Readable]} */ (
      /** @type {unknown} */ (child.stdio)
    );
  const closed = once(child, 'close');
  /** @type {Map<number, (answer: { result?: unknown, error?: { message: string } }) => void>} */
  const waiting = new Map();
  const events = new EventEmitter();
  let commands = 0;
  let received = '';
  output.setEncoding('utf8').on('data', (text) => {
    const messages = (received + text).split('\0');
    received = messages.pop() ?? '';
    for (const { id, sessionId, method, ...answer } of messages.map((each) => JSON.parse(each))) {
      if (id === undefined) events.emit(`${sessionId} ${method}`);
      else waiting.get(id)?.(answer);
    }
  });

  /** The next event of a tab. @param {string} sessionId @param {string} method */
  const next = (sessionId, method) =>
    once(events, `${sessionId} ${method}`, { signal: AbortSignal.timeout(PATIENCE) });

  /** @type {Chromium['send']} */
  async function send(method, params = {}, sessionId) {
    const id = ++commands;
    const { promise: late, stop } = timeout(method);
    const answer = new Promise((resolve) => waiting.set(id, resolve));
    input.write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await Promise.race([answer, late]);
    stop();
    waiting.delete(id);
    if (error) throw new Error(`${method}: ${error.message}`);
    return result;
  }

  return {
    send,
    async open(url, browserContextId) {
      const target = { url: 'about:blank', ...(browserContextId && { browserContextId }) };
      const { targetId } = await send('Target.createTarget', target);
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      /** @type {Tab} */
      const tab = {
        send: (method, parameters) => send(method, parameters, sessionId),
        async evaluate(expression) {
          const parameters = { expression, awaitPromise: true, returnByValue: true };
          const { result, exceptionDetails } = await tab.send('Runtime.evaluate', parameters);
          if (exceptionDetails)
            throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
          return result.value;
        },
        async go(url) {
          // A page out of the cache is not loaded again.
          const arrived = next(
            sessionId,
            url === -1 ? 'Page.frameNavigated' : 'Page.loadEventFired',
          );
          if (url === -1) {
            const { currentIndex, entries } = await tab.send('Page.getNavigationHistory');
            await tab.send('Page.navigateToHistoryEntry', {
              entryId: entries[currentIndex - 1].id,
            });
          } else {
            await tab.send('Page.navigate', { url });
          }
          await arrived;
        },
      };
      await tab.send('Page.enable');
      await tab.go(url);
      return tab;
    },
    async close() {
      if (child.pid && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
      await closed;
      rmSync(profile, { recursive: true, force: true, maxRetries: 10 });
    },
  };
}

/** @param {string} method */
function timeout(method) {
  /** @type {(reason: Error) => void} */
  let reject = () => {};
  /** @type {Promise<never>} */
  const promise = new Promise((_, fail) => {
    reject = fail;
  });
  const timer = setTimeout(
    () => reject(new Error(`${method}: no answer in ${PATIENCE} ms`)),
    PATIENCE,
  );
  return { promise, stop: () => clearTimeout(timer) };
}
