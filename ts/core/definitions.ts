import type { AnyRule, RulePatch } from '../rules.js';

/** The fields of a rule, in any form. */
const FIELDS = [
  'algorithm',
  'capacity',
  'refillRate',
  'tokens',
  'allowDebt',
  'limit',
  'interval',
  'jitter',
  'scope',
] as const;

/**
 * The rules of a throttler as they were given, which the engine keeps in another form. Objects are
 * copied without reading getters, which the engine has read once; they are read on demand.
 */
export class Definitions {
  readonly #rules = new Map<string, object[]>();

  constructor(rules: Iterable<AnyRule>) {
    for (const rule of rules) this.set(rule);
  }

  set(rule: AnyRule): void {
    this.#rules.set(String(rule.id), [copyOf(rule)]);
  }

  delete(id: string): void {
    this.#rules.delete(id);
  }

  update(id: string, patch: RulePatch): void {
    this.#rules.get(id)?.push(copyOf(patch));
  }

  /** Returns the rule of an id, or the family with the longest prefix that includes the id. */
  find(id: string): AnyRule | undefined {
    const families = [...this.#rules.keys()]
      .filter((key) => key.endsWith('*') && id.length >= key.length && id.startsWith(key.slice(0, -1)))
      .sort((a, b) => b.length - a.length);
    const key = this.#rules.has(id) ? id : families[0];
    const parts = key === undefined ? undefined : this.#rules.get(key);
    return parts && ({ ...merged(parts), id: key } as AnyRule);
  }
}

/** The fields of a rule with those of its patches. */
function merged(parts: readonly object[]): object {
  const rule: { [field: string]: unknown } = {};
  for (const part of parts as { [field: string]: unknown }[]) {
    for (const field of FIELDS) if (part[field] !== undefined) rule[field] = part[field];
  }
  return rule;
}

function copyOf(value: object): object {
  return Object.create(Object.getPrototypeOf(value), Object.getOwnPropertyDescriptors(value));
}
