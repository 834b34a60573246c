// The limiters under test, and the measures that each takes part in. Each has its own module in
// subjects/, loaded only in its own processes, so that no limiter is measured with the type
// feedback, garbage or timers of another.

/**
 * @typedef {object} Entry
 * @property {string} name file name of its module in subjects/
 * @property {string} label
 * @property {'ours' | 'peer' | 'reference'} kind references show what is possible, and are no peers
 *   for targets
 * @property {boolean} [grant] whether immediate grants under one rule are measured
 * @property {boolean} [three] whether immediate grants under three rules are measured
 * @property {number} [backlog] largest number of waiters that finishes in reasonable time; absent:
 *   no queue
 * @property {boolean} [cancel] whether an AbortSignal cancels a waiter
 * @property {boolean} [timers] whether its timers are counted
 * @property {boolean} [start] whether its cold start is measured
 */

/** @type {readonly Entry[]} */
export const subjects = [
  {
    name: 'multi-throttler',
    label: 'multi-throttler',
    kind: 'ours',
    grant: true,
    three: true,
    backlog: Infinity,
    cancel: true,
    timers: true,
    start: true,
  },
  {
    name: 'rate-limiter-flexible',
    label: 'rate-limiter-flexible',
    kind: 'peer',
    grant: true,
    three: true,
    // Each grant shifts an array of all waiters, which is quadratic.
    backlog: 20_000,
    start: true,
  },
  {
    name: 'p-throttle',
    label: 'p-throttle',
    kind: 'peer',
    grant: true,
    backlog: Infinity,
    timers: true,
    start: true,
  },
  {
    name: 'limiter',
    label: 'limiter',
    kind: 'peer',
    grant: true,
    three: true,
    backlog: Infinity,
    timers: true,
    start: true,
  },
  {
    name: 'ccxt',
    label: 'ccxt Throttler',
    kind: 'peer',
    grant: true,
    backlog: Infinity,
    timers: true,
    start: true,
  },
  {
    name: 'p-queue',
    label: 'p-queue',
    kind: 'peer',
    grant: true,
    backlog: Infinity,
    cancel: true,
    timers: true,
    start: true,
  },
  {
    name: 'async-sema',
    label: 'async-sema',
    kind: 'peer',
    grant: true,
    backlog: Infinity,
    timers: true,
    start: true,
  },
  // It runs a few hundred jobs a second, so 100 000 would take minutes.
  { name: 'bottleneck', label: 'bottleneck', kind: 'peer', grant: true, backlog: 200, start: true },
  {
    name: 'hand-written',
    label: 'hand-written JavaScript',
    kind: 'reference',
    grant: true,
    three: true,
    backlog: Infinity,
    timers: true,
  },
  {
    name: 'bare',
    label: 'bare promises',
    kind: 'reference',
    grant: true,
    backlog: Infinity,
    cancel: true,
  },
];

/**
 * @param {(entry: Entry) => unknown} takesPart
 * @returns {Entry[]}
 */
export const select = (takesPart) => subjects.filter((entry) => takesPart(entry));
