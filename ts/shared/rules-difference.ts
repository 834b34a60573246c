/** The fields of a rule or of settings, by name, as texts. */
export interface Fields {
  readonly [field: string]: string;
}

/** The rules and settings of a program. */
export interface Shared {
  /** By id. */
  readonly rules: { readonly [ruleId: string]: Fields };
  readonly settings: Fields;
}

/** The first difference between the rules and settings of two programs. */
export interface RulesDifference {
  /** The id of the rule; absent for a setting. */
  readonly rule?: string;
  /** The field that differs; absent where one side lacks the rule. */
  readonly field?: string;
  /** The rest of a sentence, such as `the limit of rule "a" is 4 there and 5 here`. */
  readonly text: string;
}

/** Returns the first difference, rules first; undefined if there is none. */
export function rulesDifference(theirs: Shared, ours: Shared): RulesDifference | undefined {
  for (const rule of namesOf(theirs.rules, ours.rules)) {
    const [there, here] = [own(theirs.rules, rule), own(ours.rules, rule)];
    if (there === undefined || here === undefined) {
      const where = there === undefined ? 'there' : 'here';
      return { rule, text: `rule ${JSON.stringify(rule)} is missing ${where}` };
    }
    const field = fieldOf(there, here);
    if (field === undefined) continue;
    const name = `the ${field} of rule ${JSON.stringify(rule)}`;
    return { rule, field, text: sentence(name, there[field], here[field]) };
  }
  const field = fieldOf(theirs.settings, ours.settings);
  if (field === undefined) return undefined;
  const [there, here] = [theirs.settings[field], ours.settings[field]];
  return { field, text: sentence(`the setting ${field}`, there, here) };
}

/** Returns a value as text, the same for equal values. */
export function textOfValue(value: unknown): string {
  // JSON has no infinite numbers.
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? String(value);
  if (Array.isArray(value)) return `[${value.map(textOfValue).join(', ')}]`;
  const fields = Object.entries(value)
    .filter(([, each]) => each !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => `${name}: ${textOfValue(each)}`);
  return `{ ${fields.join(', ')} }`;
}

function fieldOf(theirs: Fields, ours: Fields): string | undefined {
  return namesOf(theirs, ours).find((name) => own(theirs, name) !== own(ours, name));
}

function sentence(name: string, there: string | undefined, here: string | undefined): string {
  return `${name} is ${there ?? 'not given'} there and ${here ?? 'not given'} here`;
}

function namesOf(a: object, b: object): string[] {
  return [...new Set([...Object.keys(a), ...Object.keys(b)])];
}

function own<T>(object: { readonly [name: string]: T }, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
