/** Refused items of a batch. */
export interface RefusedItems {
  /** Whether any item was refused. */
  readonly some: boolean;
  /** Whether every item was; false for a batch without items. */
  readonly all: boolean;
}

/** Returns which items of a batch were refused, by their codes, errors or whatever tells of it. */
export function refusedItems<T>(
  items: readonly T[],
  isRefused: (item: T) => boolean,
): RefusedItems {
  const refused = items.filter(isRefused).length;
  return { some: refused > 0, all: refused > 0 && refused === items.length };
}
