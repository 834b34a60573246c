// p-queue, a queue of tasks; the task counts the grants. 9.3.5 is the newest version for Node 20.

import PQueue from 'p-queue';

/** @typedef {import('../types.ts').Rank} Rank */

/** @param {import('../types.ts').Limits} limits */
export function one({ limit, interval }) {
  const queue = new PQueue({ intervalCap: limit, interval });
  let runs = 0;
  const task = () => {
    runs++;
  };
  return { request: () => queue.add(task), counted: () => runs };
}

export function backlog() {
  const queue = new PQueue({ intervalCap: 1e9, interval: 1000, autoStart: false });
  const task = () => {};
  return {
    /**
     * @param {Rank} rank
     * @param {AbortSignal} [signal]
     */
    request: (rank, signal) =>
      queue.add(task, signal ? { priority: -rank, signal } : { priority: -rank }),
    waiting: () => queue.size,
    release: () => {
      queue.start();
    },
  };
}
