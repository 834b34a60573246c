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
  readonly #rules = new Map<string, object>();

  constructor(rules: Iterable<AnyRule>) {
    for (const rule of rules) this.set(rule);
  }

  set(rule: AnyRule): void {
    const copy = Object.create(Object.getPrototypeOf(rule));
    copyFields(copy, rule);
    this.#rules.set(String(rule.id), copy);
  }

  delete(id: string): void {
    this.#rules.delete(id);
  }

  update(id: string, patch: RulePatch): void {
    const rule = this.#rules.get(id);
    if (rule !== undefined) copyFields(rule, patch);
  }

  /** Returns the rule of an id, or the family with the longest prefix that includes the id. */
  find(id: string): AnyRule | undefined {
    const families = [...this.#rules.keys()]
      .filter((key) => key.endsWith('*') && id.length >= key.length && id.startsWith(key.slice(0, -1)))
      .sort((a, b) => b.length - a.length);
    const key = this.#rules.has(id) ? id : families[0];
    const rule = key === undefined ? undefined : this.#rules.get(key);
    return rule && ({ ...fieldsOf(rule), id: key } as AnyRule);
  }
}

/** Copies the fields of a rule or a patch, without those that are undefined. */
function copyFields(target: object, source: object): void {
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(source))) {
    if (descriptor.get === undefined && descriptor.value === undefined) continue;
    // A field of a frozen object must not be the last of its name.
    Object.defineProperty(target, name, { ...descriptor, configurable: true });
  }
}

function fieldsOf(rule: object): object {
  const fields: { [field: string]: unknown } = {};
  for (const field of FIELDS) {
    const value = (rule as { readonly [field: string]: unknown })[field];
    if (value !== undefined) fields[field] = value;
  }
  return fields;
}
