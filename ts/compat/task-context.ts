import { type Entered, entered } from './entered.js';

/**
 * The context of a task: `async with throttler.execute_task(id)` of Hummingbot. Each `await` and
 * each `run` enters it once, as each `async with` does.
 *
 * @example
 * {
 *   await using _task = await throttler.executeTask('/depth');
 *   await fetch(url);
 * }
 * await throttler.executeTask('/depth').run(() => fetch(url));
 */
export class TaskContext implements PromiseLike<Entered> {
  /** @internal The name that consoles print, as a minifier renames the class. */
  static readonly name = 'TaskContext';

  readonly #enter: () => Promise<void>;

  /** @internal Made by `executeTask`. */
  constructor(enter: () => Promise<void>) {
    this.#enter = enter;
  }

  /** Enters: waits until the own limit and all linked ones allow the task. For `await`. */
  // biome-ignore lint/suspicious/noThenProperty: `await` is the counterpart of entering in Python
  then<A = Entered, B = never>(
    onEntered?: ((context: Entered) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#enter().then(entered).then(onEntered, onRejected);
  }

  /**
   * Enters, then runs `task`. Resolves and rejects like the task; rejects without running it if it
   * cannot enter.
   */
  async run<T>(task: () => T | PromiseLike<T>): Promise<T> {
    await this.#enter();
    return task();
  }
}
