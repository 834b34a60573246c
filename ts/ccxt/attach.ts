import type { ExchangeProfile } from '../exchange/index.js';
import { invalidConfig, MultiThrottler, type Throttler } from '../index.js';
import { itemsOf, lowerCost } from '../shared/actual-cost.js';
import { override } from '../shared/override.js';
import { Account, Accounts } from './accounts.js';
import { Attachment, type Endpoint, errorOf } from './attachment.js';
import { checkArguments } from './options.js';
import { planOf, relativeOf } from './plans.js';
import { Answers } from './rest/answers.js';
import { type Line, RestCall } from './rest/call.js';
import { LateCalls } from './rest/late-calls.js';
import { Nonces } from './rest/nonces.js';
import { Transport } from './rest/transport.js';
import { throttleSockets } from './sockets/sockets.js';
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

/**
 * Returns the state of an exchange that outlives an attachment: nonces go on rising, and `fetch`
 * stays loaded, when a throttler is detached and another one attached.
 */
function lineOf(exchange: CcxtExchange): Line {
  const line = lines.get(exchange) ?? {
    exchange,
    answers: new Answers(exchange),
    late: new LateCalls(exchange),
    nonces: new Nonces(),
    transport: new Transport(exchange),
  };
  lines.set(exchange, line);
  return line;
}

type Fetch2 = (...args: unknown[]) => Promise<unknown>;

/** Marks the `fetch2` of an attached throttler, for other copies of this package too. */
const MARK = Symbol.for('multi-throttler.ccxt');

function isAttached(exchange: CcxtExchange): boolean {
  const fetch2 = exchange.fetch2 as { readonly [MARK]?: () => boolean };
  return attached.has(exchange) || fetch2[MARK]?.() === true;
}

const attached = new WeakSet<CcxtExchange>();

/**
 * Plugs a throttler into a live exchange of ccxt. Each REST call, and each retry that ccxt makes
 * itself, waits and pays its cost under every rule; orders over WebSockets do too. Responses are
 * reported: usage headers count, 429 and 418 pause. A refusal stays ccxt's own error. Errors of the
 * throttler are errors of the call. `enableRateLimit` has no effect while a throttler is attached.
 *
 * All methods of ccxt, and those of a subclass, run on the exchange itself. An exchange that ccxt
 * has and this package does not know needs `throttler` and `costs`.
 *
 * @throws {InvalidConfigError} the exchange is none of ccxt, has a throttler already, or is not
 *   known; or an option has a wrong value; or others share the throttler and it lacks a rule
 *
 * @example
 * const exchange = new ccxt.binance({ apiKey, secret });
 * const { throttler, detach } = attachThrottler(exchange);
 */
export function attachThrottler<T extends Throttler = MultiThrottler>(
  exchange: CcxtExchange,
  options: AttachOptions<T> = {},
): AttachedThrottler<T> {
  checkArguments(exchange, options);
  if (isAttached(exchange)) {
    throw invalidConfig('exchange', 'one without a throttler; detach it first', exchange);
  }
  const plan = planFor(exchange, options);
  const config = { headers: plan?.headers, ...options.config };
  const throttler: Throttler = options.throttler ?? new MultiThrottler([], config);
  const accounts = accountsOf(exchange, throttler, plan, options);
  const attachment = new Attachment(exchange, throttler, plan, accounts, options);
  const { costs } = options;

  const line = lineOf(exchange);
  const original = exchange.fetch2 as Fetch2;
  let active = true;
  async function fetch2(this: CcxtExchange, ...args: unknown[]): Promise<unknown> {
    if (!active) return original.apply(this, args);
    const [path = '', api = 'public', method = 'GET', given, , , config = {}] =
      args as CallArguments;
    // ccxt takes null for no parameters, too.
    const params = given ?? {};
    const asked: Call = { exchange, api, method, path, params, config };
    const cost = costs ? costs(api, method, path, params, config) : (plan as Plan).charge(asked);
    const isAnonymous = costs === undefined && /public/i.test(String(api));
    const account = isAnonymous ? accounts.anonymous() : accounts.current();
    const endpoint: Endpoint = { api, method, path };
    const actual = (result: unknown) => {
      const items = costs === undefined ? itemsOf(result) : undefined;
      const known = items === undefined ? undefined : plan?.actual?.(asked, items);
      return known && lowerCost(cost, known);
    };
    const call = new RestCall(line, attachment, { account, cost, endpoint, actual }, args);
    try {
      const result = await call.run(() => original.apply(this, args));
      if (costs === undefined) attachment.tell(asked, result);
      return result;
    } catch (error) {
      throw errorOf(exchange, endpoint, error);
    }
  }
  Object.defineProperty(fetch2, MARK, { value: () => active });
  // For a `fetch2` of the user that awaits something before it calls ccxt's: by then ccxt's own
  // throttler is on again.
  const { throttle: pace } = exchange as { throttle?: (...args: unknown[]) => unknown };
  async function throttle(this: CcxtExchange, ...args: unknown[]): Promise<unknown> {
    return active ? undefined : pace?.apply(this, args);
  }
  const restores = [override(exchange, 'fetch2', fetch2), override(exchange, 'throttle', throttle)];
  if (plan?.message && !costs) {
    const renewal = plan.renewal?.(exchange);
    if (renewal) restores.push(renewal.restore);
    restores.push(throttleSockets(attachment, plan.message, renewal));
  }
  attached.add(exchange);

  return {
    throttler: throttler as T,
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
  params?: Fields | null,
  headers?: unknown,
  body?: unknown,
  config?: EndpointConfig,
];

/** The plans of the exchanges that share a throttler. */
const plans = new WeakMap<Throttler, Plan[]>();

/** @throws {InvalidConfigError} the exchange is not known, or cannot share the throttler */
function planFor(exchange: CcxtExchange, options: AttachOptions): Plan | undefined {
  const { throttler, costs } = options;
  const others = (throttler && plans.get(throttler)) ?? [];
  const plan = planOf(
    exchange.id,
    options,
    others.map(({ profile }) => profile),
  );
  if (plan === undefined && (throttler === undefined || costs === undefined)) {
    const missing = throttler === undefined ? 'throttler' : 'costs';
    throw invalidConfig(
      missing,
      `given for ${exchange.id}, ${remedyFor(exchange)}`,
      options[missing],
    );
  }
  if (plan === undefined || costs !== undefined) return plan;
  const taken = others
    .filter(({ profile }) => !sharesIds(profile, plan.profile))
    .flatMap(({ profile, rules }) => rules.map(({ id }) => ({ id, name: profile.name })));
  const conflict = taken.find((rule) => plan.rules.some(({ id }) => id === rule.id));
  if (conflict) {
    const reason = `another one for ${exchange.id}: its rule ${conflict.id} is one of ${conflict.name}`;
    throw invalidConfig('throttler', reason, throttler);
  }
  return plan;
}

function remedyFor(exchange: CcxtExchange): string {
  const relative = relativeOf(exchange);
  const missing = 'of which there is no profile: pass throttler with its rules, and costs';
  return relative === undefined
    ? missing
    : `${missing}; or profile: ${relative.profile}, if its limits are those of ${relative.id}`;
}

/** Whether ids of rules mean the same in two plans, as those of all exchanges of Binance do. */
function sharesIds(a: ExchangeProfile, b: ExchangeProfile): boolean {
  const isBinance = ({ name }: ExchangeProfile) => name === 'binanceSpot' || name === 'binanceUsdm';
  return a.name === b.name || (isBinance(a) && isBinance(b));
}

/** Adds the rules of the profile, and returns the accounts of the exchange. */
function accountsOf(
  exchange: CcxtExchange,
  throttler: Throttler,
  plan: Plan | undefined,
  { account, costs, profile, jitter }: AttachOptions,
): Accounts {
  const rules = costs ? [] : (plan?.rules ?? []);
  const isOwn = profile !== undefined || jitter !== undefined;
  const accounts = new Accounts(exchange, account, throttler, (suffix) => {
    return new Account(throttler, suffix, rules, isOwn);
  });
  accounts.current().addRules();
  if (plan && !costs) plans.set(throttler, [...(plans.get(throttler) ?? []), plan]);
  return accounts;
}
