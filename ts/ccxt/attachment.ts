import type { Permit, ThrottleCost, Throttler } from '../index.js';
import { tellError } from '../shared/callback.js';
import { refusalStatus } from '../shared/retry-after.js';
import type { PausedRules } from '../shared/verdict.js';
import { type Account, type Accounts, hasRule, idsOfAll } from './accounts.js';
import type { Api, AttachOptions, Call, CcxtExchange, Plan } from './types.js';

/** An endpoint, as options and errors name it. */
export interface Endpoint {
  readonly api: Api;
  readonly method: string;
  readonly path: string;
}

/** A request that pays: on whose behalf, and how much. */
export interface Charge {
  readonly account: Account;
  /** By the plain ids of rules. */
  readonly cost: ThrottleCost;
  readonly endpoint: Endpoint;
  /** Returns the cost that the request turned out to have; undefined if it is as charged. */
  readonly actual?: ((result: unknown) => ThrottleCost | undefined) | undefined;
  /** Whether it waits as long as it takes, whatever `maxWait` says. */
  readonly isPatient?: boolean | undefined;
}

/** A response, as it is to be reported. */
export interface Heard {
  readonly status: number;
  readonly headers: Headers;
  /** The plain ids of the charged rules that the response is about. */
  readonly rules: readonly string[] | undefined;
  /** Whether a refusal names the rules that it is about. */
  readonly isExact: boolean;
  /** The rules that this refusal pauses, if not those of the profile. */
  readonly pauses?: PausedRules | undefined;
}

/** A throttler at work in an exchange: waits, and reports, for calls and messages alike. */
export class Attachment {
  readonly exchange: CcxtExchange;
  readonly throttler: Throttler;
  /** Undefined if nothing is known of the exchange. */
  readonly plan: Plan | undefined;
  readonly accounts: Accounts;
  readonly #options: AttachOptions;
  #hasWarned = false;

  constructor(
    exchange: CcxtExchange,
    throttler: Throttler,
    plan: Plan | undefined,
    accounts: Accounts,
    options: AttachOptions,
  ) {
    this.exchange = exchange;
    this.throttler = throttler;
    this.plan = plan;
    this.accounts = accounts;
    this.#options = options;
  }

  /** Waits for the permit of a request. */
  async acquire({ account, cost, endpoint, isPatient }: Charge): Promise<Permit> {
    const { api, method, path } = endpoint;
    const { priority, maxWait: most } = this.#options;
    const maxWait = typeof most === 'function' ? most(api, method, path) : most;
    return this.throttler.acquire(account.costOf(cost), {
      priority: priority?.(api, method, path),
      maxWait: isPatient ? undefined : maxWait,
    });
  }

  /**
   * Reports the response to a request, if there is one to report. An error in doing so is not one
   * of the request, which was sent and whose result must not be lost.
   */
  report(charge: Charge, permit: Permit | undefined, read: () => Heard | undefined): void {
    try {
      const heard = read();
      if (heard) this.#report(charge, permit, heard);
    } catch (error) {
      this.surface(error);
    }
  }

  /** Releases the permit of a request that was sent, at the cost that its result tells. */
  release({ account, actual }: Charge, permit: Permit, result: unknown): void {
    try {
      const cost = actual?.(result);
      permit.release(cost && { cost: account.costOf(cost) });
    } catch (error) {
      permit.release();
      this.surface(error);
    }
  }

  /** Tells the plan what came of a call, and sets the allowance that it tells. */
  tell(call: Call, result: unknown): void {
    try {
      this.plan?.answered?.(call, result);
      const allowances = this.plan?.allowance?.(call, result);
      if (allowances)
        this.accounts.current().setAllowances(allowances, (error) => this.surface(error));
    } catch (error) {
      this.surface(error);
    }
  }

  /** Makes an error known that must not become the error of a call. */
  surface(error: unknown): void {
    const { onError } = this.#options;
    if (onError) tellError(onError, error, (own) => this.#warn(own));
    else this.#warn(error);
  }

  /**
   * A refusal (429) pauses the rules that it is about, where the exchange counts them separately.
   * Else it pauses all rules of the host for all accounts: they share the address, and an address
   * that goes on after a refusal is banned. Where the response says that the refusal is about rules
   * of the account, it pauses these alone.
   */
  #report({ account, cost }: Charge, permit: Permit | undefined, heard: Heard): void {
    const { throttler, plan } = this;
    const { status, headers, rules: charged, isExact } = heard;
    const counted = refusalStatus(status, headers, Date.now());
    const isOfAccount = isExact && charged?.every((id) => account.scopeOf(id) === 'account');
    const pauses = heard.pauses ?? plan?.profile.pauses ?? 'all';
    const isOfAll = counted === 418 || (counted === 429 && pauses === 'all' && !isOfAccount);
    // The plan does not know the rules of the user's own costs.
    const paused = this.#options.costs ? undefined : plan?.paused?.(cost);
    const rules = isOfAll
      ? paused && idsOfAll(throttler, paused)
      : charged?.map((id) => account.idOf(id));
    throttler.report({
      status,
      headers,
      // Rules may have been removed since the request was sent.
      rules: rules?.filter((id) => hasRule(throttler, id)),
      permit,
      reader: account.readerOf(charged),
    });
  }

  #warn(error: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    console.warn('multi-throttler: a response of ccxt could not be reported in full:', error);
  }
}

/** The error of the throttler for a wait that is longer than `maxWait`. */
interface Timeout {
  readonly code?: unknown;
  readonly estimatedWait: number;
  readonly maxWait: number;
  readonly until: number;
}

/**
 * Returns the error that a request fails with. A wait that is longer than `maxWait` becomes an
 * error of ccxt, `RateLimitExceeded`, which programs handle as they handle a refusal. It keeps the
 * code, says until when, and has the error of the throttler as its cause. Other errors stay as they
 * are.
 */
export function errorOf(
  exchange: CcxtExchange,
  { method, path }: Endpoint,
  error: unknown,
): unknown {
  const timeout = error as Timeout | null | undefined;
  if (timeout?.code !== 'WAIT_TIMEOUT') return error;
  const { estimatedWait, maxWait, until } = timeout;
  const { httpExceptions } = exchange as {
    httpExceptions?: { readonly [status: string]: unknown };
  };
  const RateLimitExceeded = httpExceptions?.['429'];
  if (typeof RateLimitExceeded !== 'function') return error;
  const time = Number.isFinite(until)
    ? `until ${new Date(until).toISOString()}`
    : 'and no time is known';
  const text = `${exchange.id} ${method} ${path} was not sent: it would wait ${Math.ceil(estimatedWait)} ms, ${time}, and maxWait is ${maxWait} ms`;
  const known: unknown = Reflect.construct(RateLimitExceeded, [text]);
  return Object.assign(known as object, {
    code: 'WAIT_TIMEOUT',
    estimatedWait,
    maxWait,
    until,
    cause: error,
  });
}
