// Profiles a job: time per function, by V8's sampling profiler.

import { Session } from 'node:inspector/promises';
import { load, serve } from '../lib/child.mjs';

/** @typedef {import('../types.ts').Rank} Rank */

const subject = await load('multi-throttler');

serve({ awaited, notAwaited, queue, cancel });

/** @param {number} count */
async function awaited(count) {
  const limiter = await subject.three?.({ limit: 1e12, interval: 1e21 });
  return profile(async () => {
    for (let i = 0; i < count; i++) await limiter?.request();
  });
}

/** @param {number} count */
async function notAwaited(count) {
  const limiter = await subject.three?.({ limit: 1e12, interval: 1e21 });
  return profile(async () => {
    for (let i = 0; i < count; i++) limiter?.request();
  });
}

/** @param {number} count */
async function queue(count) {
  const waiting = await subject.backlog?.(count / 50, count);
  return profile(async () => {
    const all = [];
    for (let i = 0; i < count; i++) all.push(waiting?.request(/** @type {Rank} */ (i % 3)));
    await Promise.all(all);
  });
}

/** @param {number} count */
async function cancel(count) {
  const waiting = await subject.backlog?.(1e9, count);
  const reason = new Error('no longer wanted');
  const victims = Array.from({ length: count }, () => {
    const controller = new AbortController();
    waiting?.request(1, controller.signal).catch(() => undefined);
    return controller;
  });
  // Victims are spread all over the queue: 7919 is a prime that divides no round number.
  return profile(async () => {
    for (let i = 0; i < count / 4; i++) victims[(i * 7919) % count]?.abort(reason);
  });
}

/**
 * @param {() => Promise<void>} work
 * @returns {Promise<[name: string, microseconds: number][]>} functions that ran, without idle time
 */
async function profile(work) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: 200 });
  await session.post('Profiler.start');
  await work();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const frames = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]));
  /** @type {Map<string, number>} */
  const times = new Map();
  for (const [i, id] of (profile.samples ?? []).entries()) {
    const { functionName = '', url = '' } = frames.get(id) ?? {};
    if (functionName === '(idle)') continue;
    const name = functionName.startsWith('wasm-') ? functionName : `${functionName} ${url}`;
    times.set(name, (times.get(name) ?? 0) + (profile.timeDeltas?.[i] ?? 0));
  }
  return [...times];
}
