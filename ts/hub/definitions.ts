import type { AnyRule, RulePatch } from '../index.js';
import { RULE_FIELDS } from '../shared/rule-fields.js';
import {
  type Fields,
  type RulesDifference,
  rulesDifference,
  type Shared,
  textOfValue,
} from '../shared/rules-difference.js';

/** Returns the data of a rule or a patch. Other fields stay, for the engine to reject. */
export function dataOf<R extends object>(rule: R): R {
  const data: { [field: string]: unknown } = {};
  for (const [field, value] of Object.entries(rule)) if (value !== undefined) data[field] = value;
  return data as R;
}

/** The values of fields that are not given. */
const DEFAULTS: { readonly [field: string]: unknown } = {
  algorithm: 'token-bucket',
  allowDebt: false,
  jitter: 0,
  scope: 'ip',
};

/**
 * Returns a text that is the same for the same rules and settings, in any order of them and of
 * their fields.
 */
export function originOf(rules: readonly AnyRule[], config: object): string {
  const byId = sorted(rules.map((rule) => [rule.id, fieldsOf(rule)]));
  const settings = sorted(
    Object.entries(config)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, textOfValue(value)]),
  );
  return JSON.stringify({ rules: byId, settings } satisfies Shared);
}

/** Returns the first difference between two different texts of {@link originOf}. */
export function differenceOf(theirs: string, ours: string): RulesDifference {
  const difference = rulesDifference(JSON.parse(theirs) as Shared, JSON.parse(ours) as Shared);
  return difference ?? { text: 'they are written in another form' };
}

function fieldsOf(rule: AnyRule): Fields {
  const given = rule as unknown as { readonly [field: string]: unknown };
  const values = RULE_FIELDS.map((field) => [field, given[field] ?? DEFAULTS[field]] as const);
  return Object.fromEntries(
    values
      .filter(([, value]) => value !== undefined)
      .map(([field, value]) => [field, textOfValue(value)]),
  );
}

function sorted<T>(entries: [string, T][]): { [name: string]: T } {
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
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
