/** The processes of the bots. They end with this process. */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/** @typedef {import('./bot.mjs').BotSettings} BotSettings */

const BOT = fileURLToPath(new URL('bot.mjs', import.meta.url));

export class Fleet {
  /** @type {{ child: ChildProcess, settings: BotSettings }[]} */
  #bots = [];
  #killAll = () => {
    for (const { child } of this.#bots) child.kill('SIGKILL');
  };

  constructor() {
    process.once('exit', this.#killAll);
  }

  /** The ids of the processes that run. */
  get pids() {
    return this.#bots.flatMap(({ child }) => (isRunning(child) ? [Number(child.pid)] : []));
  }

  /**
   * Starts a bot, and waits until its limiter is ready.
   *
   * @param {BotSettings} settings
   */
  async start(settings) {
    const child = fork(BOT);
    this.#bots.push({ child, settings });
    child.send(settings);
    const ended = new AbortController();
    const { signal } = ended;
    try {
      // A bot may be killed before it is ready.
      await Promise.race([once(child, 'message', { signal }), once(child, 'exit', { signal })]);
    } finally {
      ended.abort();
    }
  }

  /**
   * Kills the first bot of each way, as a crash or the kernel does.
   *
   * @returns {Promise<BotSettings[]>} their settings
   */
  async killFirst() {
    /** @type {Map<string, { child: ChildProcess, settings: BotSettings }>} */
    const first = new Map();
    for (const bot of this.#bots) {
      if (isRunning(bot.child) && !first.has(bot.settings.way)) first.set(bot.settings.way, bot);
    }
    const bots = [...first.values()];
    await Promise.all(bots.map(({ child }) => kill(child)));
    return bots.map(({ settings }) => settings);
  }

  /** Ends all bots. */
  async end() {
    await Promise.all(this.#bots.map(({ child }) => kill(child)));
    process.removeListener('exit', this.#killAll);
  }
}

/** @param {ChildProcess} child */
const isRunning = (child) =>
  child.pid !== undefined && child.exitCode === null && child.signalCode === null;

/** @param {ChildProcess} child */
async function kill(child) {
  if (!isRunning(child)) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}
