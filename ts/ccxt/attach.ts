import { checkFields, invalidConfig, MultiThrottler, type Rule } from '../index.js';
import { hasRule, pay } from './call.js';
import { planOf } from './plans.js';
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

  const before = Object.getOwnPropertyDescriptor(exchange, 'fetch2');
  const original = exchange.fetch2 as Fetch2;
  let active = true;
  async function fetch2(this: CcxtExchange, ...args: unknown[]): Promise<unknown> {
    if (!active) return original.apply(this, args);
    const [path = '', api = 'public', method = 'GET', params = {}, , , config = {}] = args as CallArguments;
    const cost = costs
      ? costs(api, method, path, params, config)
      : (plan as Plan).charge({ exchange: this, api, method, path, params, config } satisfies Call);
    // Costs of one's own are of rules that the plan does not know.
    const paused = costs ? undefined : plan?.paused?.(cost);
    const payment = { throttler, plan, cost, priority: priority?.(api, method, path), paused };
    return pay(this, payment, (view) => original.apply(view, args));
  }
  Object.defineProperty(exchange, 'fetch2', {
    value: fetch2,
    configurable: true,
    enumerable: true,
    writable: true,
  });
  const release =
    plan?.message && !costs
      ? throttleSockets(exchange, { throttler, plan }, plan.message, priority)
      : undefined;
  attached.add(exchange);

  return {
    throttler,
    detach: () => {
      if (!active) return;
      active = false;
      attached.delete(exchange);
      release?.();
      // If someone has put another in its place meanwhile, that one calls this one, which passes calls on.
      if ((exchange.fetch2 as unknown) !== fetch2) return;
      if (before) Object.defineProperty(exchange, 'fetch2', before);
      else Reflect.deleteProperty(exchange, 'fetch2');
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
