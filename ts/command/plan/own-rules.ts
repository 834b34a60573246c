/** Rules that the job file has itself, for a server without a profile. */

import { costTable } from '../../exchange/index.js';
import { MultiThrottler, type Rule, ThrottlerError } from '../../index.js';
import type { Field } from '../json/field.js';
import { optional, readTime } from './readers.js';
import type { VenueSpec } from './spec.js';

/** Name of the server in reports. */
export const OWN = 'rules';

const EXAMPLE =
  '{ "id": "REQUESTS", "algorithm": "rolling-window", "limit": 10, "interval": "1s" }';

/** Reads a list of rules; an interval may be a text such as `"10s"`. */
export function readOwnRules(field: Field): VenueSpec {
  const items = field.items(`a list of rules such as ${EXAMPLE}`);
  if (items.length === 0) throw field.error(`the list is empty: a rule is ${EXAMPLE}`);
  const rules = items.map(readRule);
  rules.forEach(({ id }, i) => {
    if (rules.findIndex((rule) => rule.id === id) < i)
      throw (items[i] as Field).error(`another rule has the id ${JSON.stringify(id)}`);
  });
  // Each job has costs of its own, so that no endpoint is looked up.
  const costs = costTable({ default: {}, endpoints: {} });
  return { name: OWN, options: {}, profile: { rules, costs, headers: () => [], pauses: 'all' } };
}

function readRule(field: Field): Rule {
  if (field.kind !== 'object') throw field.expected(`a rule such as ${EXAMPLE}`);
  const interval = optional(field.get('interval'), readTime);
  const rule = { ...(field.value as Rule), ...(interval !== undefined && { interval }) } as Rule;
  try {
    new MultiThrottler([rule]).close();
  } catch (error) {
    if (error instanceof ThrottlerError) throw field.error(error.message);
    throw error;
  }
  return rule;
}
