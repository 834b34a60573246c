import {
  type MultiThrottler,
  type Permit,
  type Priority,
  type Report,
  type ThrottleCost,
  ThrottlerClosedError,
  UnknownRuleError,
} from '../index.js';
import { readHeaders } from '../shared/headers.js';
import { reportOf } from '../shared/verdict.js';
import type { Attachment, CcxtExchange } from './types.js';

/** What of ccxt's methods a call comes by. */
interface Methods {
  sign(...args: unknown[]): Request;
  fetch(url: string, method: string, headers: unknown, body: unknown): Promise<unknown>;
  onRestResponse(status: number, text: string, url: string, method: string, ...rest: unknown[]): unknown;
  setLastRequest?(request: Request): void;
}

interface Request {
  url: string;
  method: string;
  headers: unknown;
  body: unknown;
}

/** What a call needs to be paid. */
export interface Payment extends Attachment {
  readonly cost: ThrottleCost;
  readonly priority: Priority | undefined;
  /** The rules that a refusal pauses, where the plan tells. */
  readonly paused: readonly string[] | undefined;
}

/**
 * Runs ccxt's `fetch2`, each of whose attempts pays.
 *
 * `fetch2` asks the throttler once and then tries as often as `maxRetriesOnFailure` says, signing anew each time. It runs
 * here on a view of the exchange that is of this call alone: reads and writes go to the exchange, but for a few methods.
 * So retries can wait between signing and sending; as a signature carries the time, they are signed again then.
 */
export async function pay(
  exchange: CcxtExchange,
  payment: Payment,
  fetch2: (view: object) => Promise<unknown>,
): Promise<unknown> {
  const { throttler, cost, priority } = payment;
  const methods = exchange as unknown as Methods;
  let permit: Permit | undefined = await throttler.acquire(cost, { priority });
  let signed: unknown[] = [];
  const overrides: { [name: string]: unknown } = {
    // ccxt's own throttler, which this one replaces.
    throttle: async () => undefined,
    sign: (...args: unknown[]) => {
      signed = args;
      return methods.sign.apply(view, args);
    },
    fetch: async (url: string, method: string, headers: unknown, body: unknown) => {
      let request = { url, method, headers, body };
      if (permit === undefined) {
        permit = await throttler.acquire(cost, { priority });
        request = methods.sign.apply(view, signed);
        methods.setLastRequest?.call(view, request);
      }
      try {
        return await methods.fetch.call(view, request.url, request.method, request.headers, request.body);
      } finally {
        // Where no answer was reported it failed on its way, and counts as sent.
        permit?.release();
        permit = undefined;
      }
    },
    onRestResponse: (status: number, text: string, url: string, method: string, ...rest: unknown[]) => {
      const [headers, body] = rest;
      const content = typeof body === 'string' ? body : undefined;
      tell(
        payment,
        permit,
        reportOf({
          status,
          headers: readHeaders(headers) ?? new Headers(),
          cost,
          content,
          body: payment.plan?.profile.body,
          pauses: 'charged',
        }),
      );
      return methods.onRestResponse.call(view, status, text, url, method, ...rest);
    },
  };
  const view: object = new Proxy(exchange, {
    get: (target, key) =>
      typeof key === 'string' && Object.hasOwn(overrides, key) ? overrides[key] : Reflect.get(target, key),
    set: (target, key, value) => Reflect.set(target, key, value),
  });
  try {
    return await fetch2(view);
  } finally {
    // It could not be signed.
    permit?.release({ refund: true });
  }
}

/**
 * Reports an answer.
 *
 * @param told what is told of it, with the rules that its request was charged under
 */
export function tell(
  { throttler, plan, paused }: Attachment & Pick<Payment, 'paused'>,
  permit: Permit | undefined,
  told: Pick<Report, 'status' | 'headers' | 'rules'>,
): void {
  const refused = told.status === 429 || told.status === 418;
  const all = (plan?.profile.pauses ?? 'all') === 'all' || told.status === 418;
  const rules = refused ? (paused ?? (all ? undefined : told.rules)) : told.rules;
  // Some may have been removed meanwhile.
  throttler.report({ ...told, rules: rules?.filter((id) => hasRule(throttler, id)), permit });
}

/** Whether there is such a rule, or a family that would have it. */
export function hasRule(throttler: MultiThrottler, id: string): boolean {
  try {
    throttler.estimateWait({ [id]: 0 });
    return true;
  } catch (error) {
    if (error instanceof UnknownRuleError || error instanceof ThrottlerClosedError) return false;
    throw error;
  }
}
