import type { AnyRule, RulePatch } from '../rules.js';
import { RULE_FIELDS } from '../shared/rule-fields.js';

/** The rules of a throttler as they were given, which the engine keeps in another form. */
export class Definitions {
  readonly #rules = new Map<string, object>();

  /** @param rules copies of rules: see {@link copyOf} */
  constructor(rules: Iterable<AnyRule>) {
    for (const rule of rules) this.set(rule);
  }

  set(rule: AnyRule): void {
    this.#rules.set(String(rule.id), rule);
  }

  delete(id: string): void {
    this.#rules.delete(id);
  }

  update(id: string, patch: RulePatch): void {
    // A member of a family becomes a rule of its own.
    const rule = this.#rules.get(id) ?? this.find(id);
    if (rule !== undefined) this.#rules.set(id, { ...rule, ...fieldsOf(patch), id });
  }

  /** Returns the rule of an id, or the family with the longest prefix that includes the id. */
  find(id: string): AnyRule | undefined {
    const families = [...this.#rules.keys()]
      .filter(
        (key) => key.endsWith('*') && id.length >= key.length && id.startsWith(key.slice(0, -1)),
      )
      .sort((a, b) => b.length - a.length);
    const key = this.#rules.has(id) ? id : families[0];
    const rule = key === undefined ? undefined : this.#rules.get(key);
    return rule && ({ ...fieldsOf(rule), id: key } as AnyRule);
  }
}

/**
 * Returns a copy of a rule or a patch, so that the engine and the {@link Definitions} get the same
 * values of getters. Any other value stays as it is, for the engine to reject.
 */
export function copyOf<T>(value: T): T {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? { ...value }
    : value;
}

/** Returns the fields that are not undefined. */
function fieldsOf(rule: object): object {
  const fields: { [field: string]: unknown } = {};
  for (const field of RULE_FIELDS) {
    const value = (rule as { readonly [field: string]: unknown })[field];
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}
