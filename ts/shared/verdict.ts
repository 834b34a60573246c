import { serverTime } from './http-date.js';

/** What a body says that the status does not. */
export interface BodyVerdict {
  /** The status that the answer amounts to: 429 too many, 418 banned. */
  readonly status: 429 | 418;
  /** How many milliseconds to wait, where the body tells. */
  readonly retryAfter?: number | undefined;
  /** Which of the rules that the request was charged under are used up. Default: all. */
  readonly of?: ((ruleId: string) => boolean) | undefined;
}

/**
 * Reads out of a body that the exchange refused the request for its rate, where the HTTP status does not say so.
 * `undefined` if it says nothing of the kind. It does not throw.
 *
 * @param body parsed or as text
 * @param status of the answer
 * @param now Unix milliseconds. Default: `Date.now()`
 */
export type BodyReader = (body: unknown, status: number, now?: number) => BodyVerdict | undefined;

/**
 * Which rules a refusal (429) pauses: `'charged'`, those that its request was charged under, where an exchange counts
 * them apart from each other; `'all'`, where going on with others after a refusal leads to a ban. A ban pauses all.
 */
export type PausedRules = 'all' | 'charged';

/** An answer as it came. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What its request was charged, if that is known. */
  readonly cost: { readonly [ruleId: string]: number } | undefined;
  /** Its body, parsed or as text, if it is to be looked at. */
  readonly content: unknown;
  readonly body: BodyReader | undefined;
  readonly pauses: PausedRules;
}

/** What a throttler is to be told of an answer, with what its body says. */
export function reportOf({ status, headers, cost, content, body, pauses }: Answer) {
  const now = serverTime(headers) ?? Date.now();
  const verdict = content === undefined ? undefined : body?.(content, status, now);
  const told = verdict?.status ?? status;
  const charged =
    cost && Object.keys(cost).filter((id) => (cost[id] as number) > 0 && (verdict?.of?.(id) ?? true));
  const rules = pauses === 'charged' && told !== 418 ? charged : undefined;
  return { status: told, headers: withRetryAfter(headers, verdict?.retryAfter), rules };
}

function withRetryAfter(headers: Headers, ms: number | undefined): Headers {
  if (ms === undefined) return headers;
  const copy = new Headers(headers);
  copy.set('retry-after', String(ms / 1000));
  return copy;
}
