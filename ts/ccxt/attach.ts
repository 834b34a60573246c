import { checkFields, invalidConfig, MultiThrottler, type Rule } from '../index.js';
import { override } from './override.js';
import { planOf } from './plans.js';
import { hasRule } from './report.js';
import { Answers } from './rest/answers.js';
import { type Line, RestCall } from './rest/call.js';
import { Nonces } from './rest/nonces.js';
import { Transport } from './rest/transport.js';
import { throttleSockets } from './sockets.js';
import type {
  Api,
  AttachedThrottler,
  AttachOptions,
  Call,
  CcxtExchange,
  EndpointConfig,
  Fields,
  Plan,
} from './types.js';

const lines = new WeakMap<CcxtExchange, Line>();

/** Nonces go on rising, and `fetch` stays loaded, when a throttler is detached and another attached. */
function lineOf(exchange: CcxtExchange): Line {
  const line = lines.get(exchange) ?? {
    exchange,
    answers: new Answers(exchange),
    nonces: new Nonces(),
    transport: new Transport(exchange),
  };
  lines.set(exchange, line);
  return line;
}

type Fetch2 = (...args: unknown[]) => Promise<unknown>;

const attached = new WeakSet<CcxtExchange>();

/**
 * Plugs a throttler into a live exchange of ccxt: each REST call, and each retry that ccxt makes itself, waits and pays
 * its true cost under every rule; answers are reported, so that usage headers count, and 429 and 418 pause. Errors of the
 * throttler are errors of the call. `enableRateLimit` does not matter while it is attached.
 *
 * Known are `binance`, `binanceusdm`, `bybit`, `okx`, `kucoin`, `kraken`, `coinbaseexchange` and `aster`; any other goes with
 * `throttler` and `costs`.
 *
 * @throws {InvalidConfigError} the exchange is none of ccxt, has a throttler already, or nothing is known of it
 *
 * @example
 * const exchange = new ccxt.binance({ apiKey, secret });
 * const { throttler, detach } = attachThrottler(exchange);
 */
export function attachThrottler(exchange: CcxtExchange, options: AttachOptions = {}): AttachedThrottler {
  check(exchange, options);
  const plan = planOf(exchange.id, options.profile, options.jitter);
  const throttler = throttlerFor(exchange, plan, options);
  const { costs, priority } = options;

  const line = lineOf(exchange);
  const original = exchange.fetch2 as Fetch2;
  let active = true;
  async function fetch2(this: CcxtExchange, ...args: unknown[]): Promise<unknown> {
    if (!active) return original.apply(this, args);
    const [path = '', api = 'public', method = 'GET', params = {}, , , config = {}] = args as CallArguments;
    const cost = costs
      ? costs(api, method, path, params, config)
      : (plan as Plan).charge({ exchange, api, method, path, params, config } satisfies Call);
    // The plan does not know the rules of the user's own costs.
    const paused = costs ? undefined : plan?.paused?.(cost);
    const waiting = { priority: priority?.(api, method, path) };
    const call = new RestCall(line, {
      throttler,
      plan,
      cost,
      group: String(api),
      options: waiting,
      paused,
    });
    return call.run(() => original.apply(this, args));
  }
  // For a `fetch2` of the user that awaits something before it calls ccxt's: by then ccxt's own
  // throttler is on again.
  const { throttle: pace } = exchange as { throttle?: (...args: unknown[]) => unknown };
  async function throttle(this: CcxtExchange, ...args: unknown[]): Promise<unknown> {
    return active ? undefined : pace?.apply(this, args);
  }
  const restores = [override(exchange, 'fetch2', fetch2), override(exchange, 'throttle', throttle)];
  if (plan?.message && !costs) {
    restores.push(throttleSockets(exchange, { throttler, plan }, plan.message, priority));
  }
  attached.add(exchange);

  return {
    throttler,
    detach: () => {
      if (!active) return;
      active = false;
      attached.delete(exchange);
      // A value that the user put over one of these stays, and passes calls on to ccxt.
      for (const restore of restores) restore();
    },
  };
}

type CallArguments = [
  path?: string,
  api?: Api,
  method?: string,
  params?: Fields,
  headers?: unknown,
  body?: unknown,
  config?: EndpointConfig,
];

function throttlerFor(
  exchange: CcxtExchange,
  plan: Plan | undefined,
  options: AttachOptions,
): MultiThrottler {
  const { throttler, costs, config } = options;
  if (plan === undefined && (throttler === undefined || costs === undefined)) {
    const missing = throttler === undefined ? 'throttler' : 'costs';
    throw invalidConfig(missing, `given for ${exchange.id}, of which there is no profile`, options[missing]);
  }
  if (throttler === undefined) {
    return new MultiThrottler(plan?.rules ?? [], { headers: plan?.headers, ...config });
  }
  if (plan && !costs) addMissing(throttler, plan.rules);
  return throttler;
}

function addMissing(throttler: MultiThrottler, rules: readonly Rule[]): void {
  for (const rule of rules) {
    if (!hasRule(throttler, rule.id)) throttler.addRule(rule);
  }
}

const KNOWN: (keyof AttachOptions)[] = ['throttler', 'config', 'profile', 'jitter', 'priority', 'costs'];

function check(exchange: CcxtExchange, options: AttachOptions): void {
  if (
    typeof exchange?.fetch2 !== 'function' ||
    typeof exchange.options !== 'object' ||
    typeof exchange.id !== 'string'
  ) {
    throw invalidConfig('exchange', 'an exchange of ccxt', exchange);
  }
  if (attached.has(exchange))
    throw invalidConfig('exchange', 'one without a throttler; detach it first', exchange);
  if (typeof options !== 'object' || options === null) throw invalidConfig('options', 'an object', options);
  checkFields(options, KNOWN, 'attachThrottler options');
  const { throttler, config, profile, jitter, priority, costs } = options;
  if (throttler !== undefined && typeof throttler?.acquire !== 'function') {
    throw invalidConfig('throttler', 'a MultiThrottler', throttler);
  }
  if (config !== undefined && throttler !== undefined) {
    throw invalidConfig('config', 'left out where a throttler is given', config);
  }
  if (config !== undefined && (typeof config !== 'object' || config === null)) {
    throw invalidConfig('config', 'an object', config);
  }
  if (profile !== undefined && typeof profile?.costs !== 'function') {
    throw invalidConfig('profile', 'an ExchangeProfile', profile);
  }
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0)) {
    throw invalidConfig('jitter', 'a number of 0 or more', jitter);
  }
  if (priority !== undefined && typeof priority !== 'function')
    throw invalidConfig('priority', 'a function', priority);
  if (costs !== undefined && typeof costs !== 'function') throw invalidConfig('costs', 'a function', costs);
}
