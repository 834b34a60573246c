/** The ids that waiting requests were given, for `setPriority`. Of equal ids the latest counts. */
export class RequestIds {
  readonly #tickets = new Map<string, number>();
  readonly #ids = new Map<number, string>();

  add(id: string, ticket: number): void {
    this.#tickets.set(id, ticket);
    this.#ids.set(ticket >>> 0, id);
  }

  /** Returns the ticket of the waiter with this id. */
  ticketOf(id: string): number | undefined {
    return this.#tickets.get(id);
  }

  /** Forgets the id of the waiter at an index, if it has one. */
  remove(index: number): void {
    if (this.#ids.size === 0) return;
    const id = this.#ids.get(index);
    if (id === undefined) return;
    this.#ids.delete(index);
    // A later request may have taken the id over.
    if ((this.#tickets.get(id) as number) >>> 0 === index) this.#tickets.delete(id);
  }
}
