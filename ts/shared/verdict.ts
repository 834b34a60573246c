import { ageOf } from './cached.js';
import type { HeaderView } from './header-view.js';
import { readHeaders } from './headers.js';
import { serverTime } from './http-date.js';
import { retryAfterOf } from './retry-after.js';

/** A refusal that a response's body tells of, and its status does not. */
export interface BodyVerdict {
  /** The status that the response amounts to: 429 too many requests, 418 banned. */
  readonly status: 429 | 418;
  /** Time to wait in milliseconds, where the body names one. */
  readonly retryAfter?: number | undefined;
  /**
   * Whether a rule that the request was charged under is one that refused it. Where it is true for
   * none of them, all of them count as refusing.
   *
   * @defaultValue all of them
   */
  readonly of?: ((ruleId: string) => boolean) | undefined;
  /**
   * The rules that this refusal pauses, where they are not those of the profile.
   *
   * @defaultValue `pauses` of the profile
   */
  readonly pauses?: PausedRules | undefined;
  /**
   * Whether the server may have carried out a part of the request, such as some orders of a batch.
   * A partial refusal pauses, and the request is never sent again by itself.
   *
   * @defaultValue `false`: the request was refused whole
   */
  readonly partial?: boolean | undefined;
}

/**
 * Reads a refusal out of a body, where the HTTP status does not tell of it. Returns `undefined` for
 * a body that is no refusal. It must not throw.
 *
 * @param body parsed or as text
 * @param status of the response
 * @param now Unix milliseconds; default `Date.now()`
 */
export type BodyReader = (body: unknown, status: number, now?: number) => BodyVerdict | undefined;

/**
 * The rules that a refusal (429) pauses. `'charged'`: those that its request was charged under, for
 * exchanges that count them separately. `'all'`: every rule, for exchanges that ban a client which
 * goes on with other requests after a refusal. A ban (418) always pauses every rule.
 */
export type PausedRules = 'all' | 'charged';

/** A response as it came. */
export interface ReceivedResponse<H extends HeaderView = HeaderView> {
  readonly status: number;
  readonly headers: H;
  /** Costs that the request was charged, if they are known. */
  readonly cost: { readonly [ruleId: string]: number } | undefined;
  /** Body of the response, parsed or as text, if it is to be read. */
  readonly content: unknown;
  readonly body: BodyReader | undefined;
  readonly pauses: PausedRules;
}

/**
 * Returns the report of a response, with the refusal in its body.
 *
 * @throws errors of the body reader
 */
export function reportOf<H extends HeaderView>(response: ReceivedResponse<H>) {
  return reportWith(response, verdictOf(response));
}

/**
 * Returns what the body of a response says of a refusal.
 *
 * @throws errors of the body reader
 */
export function verdictOf({
  status,
  headers,
  content,
  body,
}: ReceivedResponse): BodyVerdict | undefined {
  if (content === undefined) return undefined;
  const date = serverTime(headers);
  return body?.(content, status, date === undefined ? Date.now() : date + ageOf(headers));
}

/** Returns the report of a response whose body was read. */
export function reportWith<H extends HeaderView>(
  response: ReceivedResponse<H>,
  verdict: BodyVerdict | undefined,
) {
  // The body of a ban may speak of too many requests alone, which makes it none the shorter.
  const status = response.status === 418 ? 418 : (verdict?.status ?? response.status);
  return {
    status,
    headers: withRetryAfter(response.headers, verdict?.retryAfter),
    rules: refusing(status, verdict?.pauses ?? response.pauses, response.cost, verdict),
  };
}

/**
 * Returns the rules that a refusal pauses: those that the verdict names, or else all that the
 * request was charged under. Undefined for all rules, also if there are none, since a refusal
 * always pauses something.
 */
export function refusing(
  status: number,
  pauses: PausedRules,
  cost: ReceivedResponse['cost'],
  verdict: BodyVerdict | undefined,
): string[] | undefined {
  if (cost === undefined || pauses === 'all' || status === 418) return undefined;
  const charged: string[] = [];
  for (const id of Object.keys(cost)) if ((cost[id] as number) > 0) charged.push(id);
  if (charged.length === 0) return undefined;
  const of = verdict?.of;
  const named = of === undefined ? charged : charged.filter(of);
  return named.length > 0 ? named : charged;
}

/** Returns the headers with the time of a body, unless `Retry-After` asks for a longer one. */
function withRetryAfter<H extends HeaderView>(headers: H, ms: number | undefined): H | Headers {
  if (ms === undefined) return headers;
  const asked = headers.has('retry-after') ? retryAfterOf(headers, Date.now()) : undefined;
  if (asked !== undefined && asked >= ms) return headers;
  const copy = readHeaders([...headers]) ?? new Headers();
  copy.set('retry-after', String(ms / 1000));
  return copy;
}
