import type { ThrottleCost, Throttler } from '../../index.js';

/**
 * Whether the path of a request, or its URL, is that of a call: the same, or behind the path of the
 * server's address. `{name}` in the call's path stands for any text without a slash.
 */
export function isSamePath(sent: string, called: string): boolean {
  // Most requests begin with the path of their call.
  if (sent.startsWith(called)) {
    const next = sent.charAt(called.length);
    if (next === '' || next === '?' || next === '#') return true;
  }
  const path = withoutQuery(sent);
  const wanted = withoutQuery(called);
  if (path.endsWith(wanted)) {
    // `/order` is not the end of `/fullorder`.
    return wanted.startsWith('/') || /(^|\/)$/.test(path.slice(0, path.length - wanted.length));
  }
  if (!wanted.includes('{')) return false;
  const parts = path.split('/');
  const wantedParts = wanted.split('/').filter((part) => part !== '');
  const last = parts.slice(-wantedParts.length);
  return (
    last.length === wantedParts.length &&
    wantedParts.every((part, i) => /^\{.*\}$/.test(part) || part === last[i])
  );
}

function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  const whole = query < 0 ? path : path.slice(0, query);
  const fragment = whole.indexOf('#');
  return fragment < 0 ? whole : whole.slice(0, fragment);
}

/** Returns the part of `cost` that is not in `paid`. */
export function beyond(cost: ThrottleCost, paid: ThrottleCost): ThrottleCost {
  const rest: { [ruleId: string]: number } = {};
  for (const [id, amount] of Object.entries(cost)) {
    const missing = amount - (Object.hasOwn(paid, id) ? (paid[id] as number) : 0);
    if (missing > 0) rest[id] = missing;
  }
  return rest;
}

/**
 * Returns the costs under all rules but those of concurrency. A call that holds a permit of such a
 * rule must not wait for another one within: none might come back.
 */
export function queueable(throttler: Throttler, cost: ThrottleCost): ThrottleCost {
  const entries = Object.entries(cost).filter(([id]) => {
    const rule = throttler.getRule(id);
    return rule === undefined || !('algorithm' in rule) || rule.algorithm !== 'concurrency';
  });
  return Object.fromEntries(entries);
}
