/** Headers of a response that can be read, without the work of a `Headers`. */
export interface HeaderView {
  /** Returns the values of a header, joined by a comma; null if it is absent. */
  get(name: string): string | null;
  /** Whether there is such a header. */
  has(name: string): boolean;
  /**
   * Calls `read` with each header, whose name is in lower case.
   *
   * @param prefix a start of names: headers whose names start in another way may be left out. A
   *   `Headers` passes all.
   */
  forEach(read: (value: string, name: string) => void, prefix?: string): void;
  [Symbol.iterator](): Iterator<[name: string, value: string]>;
}

/** A reader of usage headers that takes any {@link HeaderView}. */
export type ViewReader<Usage> = (
  headers: HeaderView,
  status: number,
  rules?: readonly string[] | undefined,
) => Usage[];

/** Mark of views and of their readers, which the copies of this file in its entry points share. */
export const VIEW = /* @__PURE__ */ Symbol.for('multi-throttler.header-view');

/** Returns the reader, marked as one that takes any view. */
export function marked<Reader extends ViewReader<unknown>>(reader: Reader): Reader {
  return Object.defineProperty(reader, VIEW, { value: true });
}

/** Whether a reader was {@link marked}; others are given a `Headers`. */
export function readsViews(reader: object): boolean {
  return VIEW in reader;
}

/** Whether a value is a view of this package, of any entry point. */
export function isHeaderView(value: unknown): value is HeaderView {
  return typeof value === 'object' && value !== null && VIEW in value;
}
