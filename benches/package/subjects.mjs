// Who takes part in what. Each has a module in subjects/ of its own, which is loaded in processes of its own only, so
// that no limiter is measured with the type feedback, the garbage or the timers of another.

/**
 * @typedef {object} Entry
 * @property {string} name that of its module in subjects/
 * @property {string} label
 * @property {'ours' | 'peer' | 'reference'} kind references show what is possible; targets are not set against them
 * @property {boolean} [grant] is asked for immediate grants under one rule
 * @property {boolean} [three] and under three
 * @property {number} [backlog] lets requests wait: at most so many, as more would take too long
 * @property {boolean} [cancel] takes a waiting request out by an AbortSignal
 * @property {boolean} [timers] its timers are counted
 * @property {boolean} [start] its cold start is measured
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
    // Each grant shifts an array of all that wait: quadratic.
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
  // A few hundred jobs a second: 100 000 would take minutes.
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
