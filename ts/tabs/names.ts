/** A message on the channel of a key, which all its pages and workers hear. */
export type TabMessage =
  /** The sender looks for the hub. */
  | { readonly kind: 'who' }
  /** The sender is the hub. */
  | { readonly kind: 'hub'; readonly epoch: string }
  /** The sender is a member that listens on a channel of its own. */
  | {
      readonly kind: 'join';
      readonly epoch: string;
      readonly member: string;
      readonly channel: string;
    };

/**
 * The name of the lock and the channel of a key, or of one of its members. The holder of the lock
 * of the key is the hub; each member holds one of its own while it lives.
 */
export function lockOf(key: string, member?: string): string {
  return member === undefined ? `mt:${key}` : `mt:${key} ${member}`;
}

/** Returns a name that no other page has. */
export function newName(): string {
  const numbers = crypto.getRandomValues(new Uint32Array(4));
  return Array.from(numbers, (number) => number.toString(36)).join('');
}
