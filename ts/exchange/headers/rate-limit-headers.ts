import { type HeaderReader, invalidConfig, type ReportedUsage } from '../../index.js';
import { isCached } from '../../shared/cached.js';
import type { HeaderView } from '../../shared/header-view.js';
import { numberOf, parseNumber } from '../../shared/headers.js';
import { serverTime } from '../../shared/http-date.js';
import { isSeconds, parseInstant } from '../../shared/instant.js';

/**
 * Returns a reader of the usage headers that many servers send, for `config.headers`:
 *
 * - `RateLimit: "permin";r=50;t=30`, with the quota `q` of `RateLimit-Policy: "permin";q=100;w=60`
 *   (IETF draft-ietf-httpapi-ratelimit-headers, versions 08 to 11).
 * - `RateLimit: limit=100, remaining=50, reset=30` (version 07).
 * - `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (versions up to 06).
 * - `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset`.
 *
 * They give the remaining requests, the limit, and the reset: seconds from the response's `Date`,
 * or a Unix time in any unit. Malformed headers are ignored. So are policies whose quota unit
 * (`qu`) is not requests, and responses out of a cache (`Age` above 0). As with any reader, a
 * response only raises the known usage, and limits stay those of the rules.
 *
 * @param rules the id of the rule for responses with one limit, or the ids by the names of the
 *   server's policies. Headers that name no policy are read if there is one rule. Policies without
 *   a rule are ignored.
 * @throws {InvalidConfigError} `rules` is neither a text nor an object of texts
 *
 * @example
 * new MultiThrottler(rules, { headers: rateLimitHeaders('REQUESTS') });
 * new MultiThrottler(rules, { headers: rateLimitHeaders({ permin: 'MINUTE', perhr: 'HOUR' }) });
 */
export function rateLimitHeaders(
  rules: string | { readonly [policy: string]: string },
): HeaderReader {
  const named = new Map(Object.entries(checked(rules)));
  const only = named.size === 1 ? [...named.values()][0] : undefined;
  const ruleOf = (policy: string, isAlone: boolean) =>
    typeof rules === 'string' ? (isAlone ? rules : undefined) : named.get(policy);
  return (headers) => {
    if (isCached(headers)) return [];
    const { limits, alone } = limitsIn(headers);
    if (limits) {
      return limits.flatMap(({ policy, ...usage }) => {
        const rule = ruleOf(policy, limits.length === 1);
        return rule === undefined ? [] : [{ rule, ...usage }];
      });
    }
    return only === undefined || alone === undefined ? [] : [{ rule: only, ...alone }];
  };
}

function checked(rules: unknown): { [policy: string]: string } {
  if (typeof rules === 'string') return { '': rules };
  const isObject = typeof rules === 'object' && rules !== null && !Array.isArray(rules);
  if (!isObject) throw invalidConfig('rules', 'the id of a rule, or ids by policies', rules);
  for (const [policy, id] of Object.entries(rules)) {
    if (typeof id !== 'string')
      throw invalidConfig(`rules[${JSON.stringify(policy)}]`, 'the id of a rule', id);
  }
  return rules as { [policy: string]: string };
}

type Usage = Omit<ReportedUsage, 'rule'>;

/** Returns the limits by their policies, or else the one limit that names no policy. */
function limitsIn(headers: HeaderView): { limits?: (Usage & { policy: string })[]; alone?: Usage } {
  const items = itemsOf(headers.get('ratelimit'));
  if (items) {
    const policies = new Map(
      itemsOf(headers.get('ratelimit-policy'))?.map(({ name, parameters }) => [name, parameters]),
    );
    const limits = items.flatMap(({ name, parameters }) => {
      const policy = policies.get(name);
      const remaining = integer(parameters.get('r'));
      if (remaining === undefined || !IN_REQUESTS.test(policy?.get('qu') ?? '')) return [];
      const limit = integer(policy?.get('q'));
      const window = integer(parameters.get('t'));
      return [{ policy: name, remaining, limit, resetAt: resetAt(window?.toString(), headers) }];
    });
    return { limits };
  }
  const alone =
    dictionary(headers) ?? triple(headers, 'ratelimit') ?? triple(headers, 'x-ratelimit');
  return alone ? { alone } : {};
}

/** The quota unit `qu` of policies that count requests; it may be left out. */
const IN_REQUESTS = /^$|^"?requests"?$/;

/** Reads `limit=100, remaining=50, reset=30`. */
function dictionary(headers: HeaderView): Usage | undefined {
  const pairs = (headers.get('ratelimit') ?? '')
    .split(',')
    .map((pair) => /^\s*([a-z]+)=(\d+)\s*$/.exec(pair));
  const fields = new Map(pairs.flatMap((pair) => (pair ? [[pair[1], pair[2]] as const] : [])));
  return usage(
    integer(fields.get('remaining')),
    integer(fields.get('limit')),
    fields.get('reset'),
    headers,
  );
}

/** Reads `RateLimit-Limit` and its like, which may list policies: `100, 100;w=60`. */
function triple(headers: HeaderView, prefix: string): Usage | undefined {
  const limit = parseNumber(headers.get(`${prefix}-limit`)?.split(/[,;]/)[0]);
  return usage(
    numberOf(headers, `${prefix}-remaining`),
    limit,
    headers.get(`${prefix}-reset`),
    headers,
  );
}

function usage(
  remaining: number | undefined,
  limit: number | undefined,
  reset: string | null | undefined,
  headers: HeaderView,
): Usage | undefined {
  return remaining === undefined
    ? undefined
    : { remaining, limit, resetAt: resetAt(reset, headers) };
}

/**
 * Returns the Unix milliseconds of a reset. Undefined for a number of seconds without a `Date` from
 * which to count them.
 */
function resetAt(reset: string | null | undefined, headers: HeaderView): number | undefined {
  const date = serverTime(headers);
  if (date === undefined && isSeconds(reset)) return undefined;
  return parseInstant(reset, date ?? Date.now());
}

/** Returns the number in a text of digits alone. */
function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? parseNumber(text) : undefined;
}

interface Item {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const STRING = '"((?:[^"\\\\]|\\\\["\\\\])*)"';
const ITEM = /* @__PURE__ */ new RegExp(
  `[ \\t]*(?:${STRING}|([A-Za-z*][\\w:/!#$%&'*+.^\`|~-]*))`,
  'y',
);
const PARAMETER = /* @__PURE__ */ new RegExp(
  `[ \\t]*;[ \\t]*([a-z*][\\w.*-]*)(?:=(?:${STRING}|([^\\s;,"]+)))?`,
  'y',
);
const END = /[ \t]*(,|$)/y;

/**
 * Returns the items of a list of structured fields (RFC 9651): names, each a string or a token,
 * with parameters. A string as the value of a parameter keeps its quotes. Undefined if any item is
 * malformed, as then the whole list is.
 */
function itemsOf(value: string | null): Item[] | undefined {
  if (value === null) return undefined;
  const items: Item[] = [];
  let at = 0;
  const next = (pattern: RegExp) => {
    pattern.lastIndex = at;
    const found = pattern.exec(value);
    if (found) at = pattern.lastIndex;
    return found;
  };
  for (;;) {
    const item = next(ITEM);
    if (!item) return undefined;
    const parameters = new Map<string, string>();
    for (let pair = next(PARAMETER); pair; pair = next(PARAMETER)) {
      const text = pair[2] === undefined ? pair[3] : `"${pair[2]}"`;
      parameters.set(pair[1] as string, text ?? '');
    }
    items.push({ name: (item[1] ?? item[2] ?? '').replace(/\\(.)/g, '$1'), parameters });
    const end = next(END);
    if (!end) return undefined;
    if (end[1] === '') return items;
  }
}
