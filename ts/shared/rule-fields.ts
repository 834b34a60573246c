/** The fields of a rule besides its id, in any form. */
export const RULE_FIELDS = [
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
