/**
 * The options of the demo: parsing, validation and help.
 */

import { parseArgs } from 'node:util';

/** An invalid option; the message names the option and its value. */
export class OptionError extends Error {}

/**
 * @typedef {object} DemoOptions
 * @property {boolean} help
 * @property {number} duration ms
 * @property {number} minute length of a simulated minute, ms
 * @property {{ REQUEST_WEIGHT: number, ORDERS: number, RAW_REQUESTS: number }} limits
 * @property {{ market: number, account: number, orders: number }} mix number of workers per kind
 * @property {readonly [number, number]} delay ms
 * @property {number} jitter ms
 * @property {number} seed
 * @property {number} maxRate of the bot without a throttler, requests per second
 * @property {boolean} onlyThrottled
 * @property {boolean} stay until Ctrl-C
 * @property {boolean} shared runs four bots in four processes in place of the two bots
 */

const DEFAULTS = {
  duration: '15',
  minute: '6',
  limits: 'weight=6000,orders=100,raw=300000',
  mix: 'market=48,account=8,orders=16',
  delay: '2-12',
  seed: '1',
  'max-rate': '600',
};

/** The run of four processes has two faults, and a while before and after each. */
const SHARED = { duration: '32', least: 16 };

/** As good as for ever: 20 days, in ms, which a timer can take. */
const STAY = 1_728_000_000;

export const HELP = `Usage: npm start -- [options]

Starts a simulated Binance spot exchange on 127.0.0.1 and lets two bots trade on it: one waits for
multi-throttler, the other has no throttler. Then other limiters do the same job on virtual time. No
request leaves this machine.

  --duration <seconds>     run time of the bots, 1 to 3600 (default ${DEFAULTS.duration})
  --minute <seconds>       length of a minute of the exchange, 2 to 60 (default ${DEFAULTS.minute});
                           60 is real time, and other intervals shrink in proportion
  --limits <list>          limits of the exchange: REQUEST_WEIGHT per minute, ORDERS per 10 seconds,
                           RAW_REQUESTS per 5 minutes (default ${DEFAULTS.limits})
  --mix <list>             requests of each kind that a bot keeps waiting or in flight
                           (default ${DEFAULTS.mix})
  --delay <ms>-<ms>        random delay of a request to the exchange (default ${DEFAULTS.delay})
  --jitter <ms>            longest time from grant to count that the throttled bot assumes
                           (default: the longest delay plus 40 ms)
  --seed <number>          seed of the mix and the delays (default ${DEFAULTS.seed})
  --max-rate <number>      requests per second of the bot without a throttler, limited to leave
                           processor time to the other, 1 to 2000 (default ${DEFAULTS['max-rate']})
  --only-throttled         runs only the throttled bot
  --stay                   runs only the throttled bot, until Ctrl-C, for its dashboard
  --shared                 runs four bots in four processes that share one limit through Redis,
                           beside bottleneck and rate-limiter-flexible; of the other options only
                           --duration counts, ${SHARED.least} to 3600 (default ${SHARED.duration})
  --help                   prints this text

Exit code: 0 if no throttled bot was ever refused, 1 if one was, 2 for an invalid option. Ctrl-C ends
the run early and prints the figures so far.
`;

/**
 * @param {string[]} args
 * @returns {DemoOptions}
 */
export function readOptions(args) {
  const given = parse(args);
  const values = { ...DEFAULTS, ...(given.shared && { duration: SHARED.duration }), ...given };
  const delay = range('delay', values.delay);
  return {
    help: values.help ?? false,
    duration: values.stay
      ? STAY
      : 1000 *
        number('duration', values.duration, {
          least: values.shared ? SHARED.least : 1,
          most: 3600,
        }),
    minute: 1000 * number('minute', values.minute, { least: 2, most: 60 }),
    limits: limits(values.limits),
    mix: mix(values.mix),
    delay,
    jitter:
      values.jitter === undefined
        ? delay[1] + 40
        : number('jitter', values.jitter, { least: 0, most: 10_000 }),
    seed: number('seed', values.seed, { least: 0, most: 2 ** 32 - 1, whole: true }),
    maxRate: number('max-rate', values['max-rate'], { least: 1, most: 2000 }),
    onlyThrottled: values['only-throttled'] ?? values.stay ?? false,
    stay: values.stay ?? false,
    shared: values.shared ?? false,
  };
}

/** @param {string[]} args */
function parse(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  const { tokens } = parseArgs({ args, strict: false, tokens: true, options: {} });
  const options = {
    ...{
      duration: text,
      minute: text,
      limits: text,
      mix: text,
      delay: text,
      jitter: text,
      seed: text,
    },
    ...{ 'max-rate': text, 'only-throttled': flag, stay: flag, shared: flag, help: flag },
  };
  for (const token of tokens) {
    if (token.kind === 'positional') continue;
    if (token.kind === 'option' && !(token.name in options)) {
      throw new OptionError(`${token.rawName}: unknown option; --help lists all options`);
    }
  }
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    // Node's messages name the option and the value in their first sentence; the rest is not useful
    // here.
    throw new OptionError(
      error instanceof Error ? (error.message.split('. ')[0] ?? error.message) : String(error),
    );
  }
}

/**
 * @param {string} name
 * @param {string} value
 * @param {{ least: number, most: number, whole?: boolean }} o
 */
function number(name, value, { least, most, whole = false }) {
  const parsed = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (parsed >= least && parsed <= most && (!whole || Number.isInteger(parsed))) return parsed;
  throw new OptionError(
    `--${name}: must be a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not '${value}'`,
  );
}

/**
 * @param {string} name
 * @param {string} value
 * @returns {readonly [number, number]}
 */
function range(name, value) {
  const [least = '', most = least, ...more] = value.split('-');
  const bounds = { least: 0, most: 5000 };
  const ends = /** @type {const} */ ([number(name, least, bounds), number(name, most, bounds)]);
  if (more.length === 0 && ends[0] <= ends[1]) return ends;
  throw new OptionError(
    `--${name}: must be a range of ms such as ${DEFAULTS.delay}, not '${value}'`,
  );
}

/**
 * Parses a list such as `a=1,b=2` over the defaults, and checks the bounds of each value.
 *
 * @template {string} Key
 * @param {string} name
 * @param {string} value
 * @param {{ [K in Key]: { least: number, most: number } }} bounds
 * @param {string} defaults
 * @returns {{ [K in Key]: number }}
 */
function list(name, value, bounds, defaults) {
  const result = /** @type {{ [K in Key]: number }} */ ({});
  const keys = /** @type {Key[]} */ (Object.keys(bounds));
  for (const entry of `${defaults},${value}`.split(',')) {
    const [key = '', amount = ''] = entry.split('=', 2);
    const known = keys.find((candidate) => candidate === key);
    if (known === undefined)
      throw new OptionError(`--${name}: '${entry}' is not one of ${keys.join('=…, ')}=…`);
    result[known] = number(`${name} ${key}`, amount, { ...bounds[known], whole: true });
  }
  return result;
}

/** @param {string} value */
function limits(value) {
  // A lower limit would be too small for the most expensive request, or for one request per worker.
  const bounds = {
    weight: { least: 1000, most: 1e6 },
    orders: { least: 5, most: 1e6 },
    raw: { least: 1000, most: 1e9 },
  };
  const { weight, orders, raw } = list('limits', value, bounds, DEFAULTS.limits);
  return { REQUEST_WEIGHT: weight, ORDERS: orders, RAW_REQUESTS: raw };
}

/** @param {string} value */
function mix(value) {
  const workers = { least: 0, most: 200 };
  const mixed = list(
    'mix',
    value,
    { market: workers, account: workers, orders: workers },
    DEFAULTS.mix,
  );
  if (mixed.market + mixed.account + mixed.orders > 0) return mixed;
  throw new OptionError(`--mix: at least one kind must have a worker, not '${value}'`);
}
