import type { ThrottleCost } from '../index.js';
import { serverTime } from '../shared/http-date.js';
import type { BodyReader } from './profile.js';

/**
 * Which rules a refusal (429) pauses: `'charged'`, those that its request was charged under, where an exchange counts
 * them apart from each other; `'all'`, where going on with others after a refusal leads to a ban. A ban pauses all.
 */
export type PausedRules = 'all' | 'charged';

/** An answer as it came. */
interface Answer {
  readonly status: number;
  readonly headers: Headers;
  /** What its request was charged. */
  readonly cost: ThrottleCost;
  readonly text: string | undefined;
  readonly body: BodyReader | undefined;
  readonly pauses: PausedRules;
}

/** What a throttler is to be told of an answer, with what its body says. */
export function reportOf({ status, headers, cost, text, body, pauses }: Answer) {
  const now = serverTime(headers) ?? Date.now();
  const verdict = text === undefined ? undefined : body?.(text, status, now);
  const told = verdict?.status ?? status;
  const charged = Object.keys(cost).filter((id) => (cost[id] as number) > 0);
  const rules = pauses === 'charged' && told !== 418 ? charged : undefined;
  return { status: told, headers: withRetryAfter(headers, verdict?.retryAfter), rules };
}

function withRetryAfter(headers: Headers, ms: number | undefined): Headers {
  if (ms === undefined) return headers;
  const copy = new Headers(headers);
  copy.set('retry-after', String(ms / 1000));
  return copy;
}
