// A process that shares a limit with others.

import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../lib/child.mjs';
import { connect, SUBJECTS } from '../shared/subjects.mjs';

const [name = ''] = process.argv.slice(2);

/** @type {import('../shared/subjects.mjs').Request} */
let request;
/** @type {any} */
let client;
let granted = 0;
let isOver = false;
/** The run of callers: those of an earlier one end. */
let run = 0;
/** Instants of grants, by the machine's monotonic clock. @type {number[]} */
let log = [];

const now = () => Number(process.hrtime.bigint()) / 1e6;

serve({ make, flood, rest, count, paced, ping, backlog, times });

/** @param {import('../shared/subjects.mjs').Setting} setting */
async function make(setting) {
  const subject = SUBJECTS[name];
  if (subject === undefined) throw new Error(`no subject ${name}`);
  client = await connect(setting);
  request = await subject(setting);
}

/**
 * Starts callers, each of which asks again as soon as it was granted.
 * @param {number} callers
 * @param {boolean} logs whether instants are logged
 */
function flood(callers, logs) {
  isOver = false;
  const own = ++run;
  for (let i = 0; i < callers; i++) void call();

  async function call() {
    while (!isOver && own === run) {
      await request();
      granted++;
      if (logs) log.push(now());
    }
  }
}

/** Ends the callers with their next grant. */
function rest() {
  isOver = true;
}

/** The number of grants so far, and the instant. */
function count() {
  return { granted, at: now() };
}

/** The instants of grants since the last call. */
function times() {
  const all = log;
  log = [];
  return all;
}

/**
 * Asks at random instants, whether the last request is granted or not.
 * @param {number} perSecond
 * @param {number} ms
 * @returns {Promise<{ wait: number, isAtOnce: boolean }[]>} the wait of each request in
 *   milliseconds, and whether it was granted without one
 */
async function paced(perSecond, ms) {
  /** @type {Promise<{ wait: number, isAtOnce: boolean }>[]} */
  const waits = [];
  const end = performance.now() + ms;
  let due = performance.now();
  for (;;) {
    due += (-Math.log(1 - Math.random()) * 1000) / perSecond;
    if (due > end) break;
    const rest = due - performance.now();
    if (rest > 0) await sleep(rest);
    waits.push(one());
  }
  return Promise.all(waits);

  async function one() {
    const started = performance.now();
    let isGranted = false;
    const granted = request().then(() => {
      isGranted = true;
    });
    // A grant of the call itself is known a few microtasks later; an answer takes a turn.
    for (let i = 0; i < 5; i++) await undefined;
    const isAtOnce = isGranted;
    await granted;
    return { wait: performance.now() - started, isAtOnce };
  }
}

/**
 * The times of pings of Redis from this process, one after the other.
 * @param {number} pings
 * @param {number} every ms
 */
async function ping(pings, every) {
  const all = [];
  for (let i = 0; i < pings; i++) {
    const started = performance.now();
    await client.ping();
    all.push(performance.now() - started);
    await sleep(every);
  }
  return all;
}

/** Makes requests, and does not wait for them. @param {number} requests */
function backlog(requests) {
  // They end with the process.
  for (let i = 0; i < requests; i++) request().catch(() => {});
}
