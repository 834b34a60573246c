import { type HeaderReader, invalidConfig, type ReportedUsage } from '../../index.js';
import { numberOf, parseNumber } from '../../shared/headers.js';
import { serverTime } from '../../shared/http-date.js';

/**
 * A reader of the usage headers that many servers send, for `config.headers`:
 *
 * - `RateLimit: "permin";r=50;t=30`, with the quota `q` of `RateLimit-Policy: "permin";q=100;w=60` (IETF
 *   draft-ietf-httpapi-ratelimit-headers, versions 08 to 10).
 * - `RateLimit: limit=100, remaining=50, reset=30` (version 07).
 * - `RateLimit-Limit`, `RateLimit-Remaining`, `RateLimit-Reset` (versions up to 06).
 * - `X-RateLimit-Limit`, `X-RateLimit-Remaining`, `X-RateLimit-Reset`.
 *
 * What they tell is what is left, of how much, and when the server begins to count anew: in so many seconds from the
 * answer's `Date`, or as a Unix time. A header that is malformed is as if it were not there. As with any reader, an answer
 * only ever adds to what is known to be used, and limits stay those of the rules.
 *
 * @param rules the id of the rule that an answer with one limit speaks of; or the ids by the names of the server's policies.
 *   Headers that name no policy are read where there is one rule. Policies without a rule are passed over.
 * @throws {InvalidConfigError} `rules` is neither a text nor an object of texts
 *
 * @example
 * new MultiThrottler(rules, { headers: rateLimitHeaders('REQUESTS') });
 * new MultiThrottler(rules, { headers: rateLimitHeaders({ permin: 'MINUTE', perhr: 'HOUR' }) });
 */
export function rateLimitHeaders(rules: string | { readonly [policy: string]: string }): HeaderReader {
  const named = new Map(Object.entries(checked(rules)));
  const only = named.size === 1 ? [...named.values()][0] : undefined;
  const ruleOf = (policy: string, isAlone: boolean) =>
    typeof rules === 'string' ? (isAlone ? rules : undefined) : named.get(policy);
  return (headers) => {
    const { limits, alone } = limitsIn(headers);
    if (limits) {
      return limits.flatMap(({ policy, ...told }) => {
        const rule = ruleOf(policy, limits.length === 1);
        return rule === undefined ? [] : [{ rule, ...told }];
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

type Told = Omit<ReportedUsage, 'rule'>;

/** The limits by their policies, or else the one that names none. */
function limitsIn(headers: Headers): { limits?: (Told & { policy: string })[]; alone?: Told } {
  const items = itemsOf(headers.get('ratelimit'));
  const quotas = new Map(
    itemsOf(headers.get('ratelimit-policy'))?.map(({ name, parameters }) => [name, parameters]),
  );
  if (items) {
    const limits = items.flatMap(({ name, parameters }) => {
      const remaining = integer(parameters.get('r'));
      if (remaining === undefined) return [];
      const limit = integer(quotas.get(name)?.get('q'));
      return [{ policy: name, remaining, limit, resetAt: resetAt(integer(parameters.get('t')), headers) }];
    });
    return { limits };
  }
  const alone = dictionary(headers) ?? triple(headers, 'ratelimit') ?? triple(headers, 'x-ratelimit');
  return alone ? { alone } : {};
}

/** `limit=100, remaining=50, reset=30` */
function dictionary(headers: Headers): Told | undefined {
  const pairs = (headers.get('ratelimit') ?? '')
    .split(',')
    .map((pair) => /^\s*([a-z]+)=(\d+)\s*$/.exec(pair));
  const fields = new Map(pairs.flatMap((pair) => (pair ? [[pair[1], pair[2]] as const] : [])));
  return told(
    integer(fields.get('remaining')),
    integer(fields.get('limit')),
    integer(fields.get('reset')),
    headers,
  );
}

/** `RateLimit-Limit` and its like, which may list policies after the limit: `100, 100;w=60`. */
function triple(headers: Headers, prefix: string): Told | undefined {
  const limit = parseNumber(headers.get(`${prefix}-limit`)?.split(/[,;]/)[0]);
  return told(numberOf(headers, `${prefix}-remaining`), limit, numberOf(headers, `${prefix}-reset`), headers);
}

function told(
  remaining: number | undefined,
  limit: number | undefined,
  reset: number | undefined,
  headers: Headers,
): Told | undefined {
  return remaining === undefined ? undefined : { remaining, limit, resetAt: resetAt(reset, headers) };
}

/** Unix milliseconds of a number of seconds from the answer's `Date`, or of a Unix time in seconds or milliseconds. */
function resetAt(seconds: number | undefined, headers: Headers): number | undefined {
  if (seconds === undefined || seconds >= 1e12) return seconds;
  if (seconds >= 1e9) return seconds * 1000;
  const date = serverTime(headers);
  return date === undefined ? undefined : date + seconds * 1000;
}

function integer(text: string | undefined): number | undefined {
  return text !== undefined && /^\d+$/.test(text) ? parseNumber(text) : undefined;
}

interface Item {
  readonly name: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const STRING = '"((?:[^"\\\\]|\\\\["\\\\])*)"';
const ITEM = /* @__PURE__ */ new RegExp(`[ \\t]*(?:${STRING}|([A-Za-z*][\\w:/!#$%&'*+.^\`|~-]*))`, 'y');
const PARAMETER = /* @__PURE__ */ new RegExp(
  `[ \\t]*;[ \\t]*([a-z*][\\w.*-]*)(?:=(?:${STRING}|([^\\s;,"]+)))?`,
  'y',
);
const END = /[ \t]*(,|$)/y;

/**
 * A list of names with parameters, each a string or a token, in the form of structured fields (RFC 9651); `undefined` if it
 * is none, as a list with one malformed item is none at all.
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
      // A text is no number, whatever is in it.
      parameters.set(pair[1] as string, pair[3] ?? '');
    }
    items.push({ name: (item[1] ?? item[2] ?? '').replace(/\\(.)/g, '$1'), parameters });
    const end = next(END);
    if (!end) return undefined;
    if (end[1] === '') return items;
  }
}
