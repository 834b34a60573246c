import type { AnyRule, RulePatch } from '../index.js';
import { RULE_FIELDS } from '../shared/rule-fields.js';

/** Returns the data of a rule or a patch. Other fields stay, for the engine to reject. */
export function dataOf<R extends object>(rule: R): R {
  const data: { [field: string]: unknown } = {};
  for (const [field, value] of Object.entries(rule)) if (value !== undefined) data[field] = value;
  return data as R;
}

/** Returns a text that is the same for the same rules, in any order of their fields. */
export function originOf(rules: readonly AnyRule[], config: object): string {
  const fields = rules.map((rule) =>
    ['id', ...RULE_FIELDS].map((field) =>
      String((rule as unknown as { readonly [field: string]: unknown })[field]),
    ),
  );
  const settings = Object.entries(config)
    .filter(([, value]) => value !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify([fields, settings]);
}

/** Returns the rule of an id, or the family with the longest prefix that includes the id. */
export function findRule(rules: readonly AnyRule[], id: string): AnyRule | undefined {
  let family: AnyRule | undefined;
  for (const rule of rules) {
    if (rule.id === id) return rule;
    const isOfFamily =
      rule.id.endsWith('*') && id.length >= rule.id.length && id.startsWith(rule.id.slice(0, -1));
    if (isOfFamily && rule.id.length > (family?.id.length ?? 0)) family = rule;
  }
  return family;
}

/** Returns rules of which one has the id of `rule` and is that. */
export function withRule(rules: readonly AnyRule[], rule: AnyRule): AnyRule[] {
  const isKnown = rules.some(({ id }) => id === rule.id);
  return isKnown ? rules.map((other) => (other.id === rule.id ? rule : other)) : [...rules, rule];
}

/** Returns a rule with changed fields; of a member of a family, its own rule. */
export function patched(rule: AnyRule, id: string, patch: RulePatch): AnyRule {
  return { ...dataOf(rule), ...dataOf(patch), id } as AnyRule;
}
