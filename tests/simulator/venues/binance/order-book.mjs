/**
 * The resting orders of one account. An order may be filled before its cancel arrives, and then the
 * cancel fails (-2011). Clients thus also meet valid requests that fail.
 */
export class OrderBook {
  /** @type {Map<number, { symbol: string, orderId: number, status: string }>} */
  #resting = new Map();
  #lastId = 0;

  /** @param {(orderId: number) => boolean} fills whether an order is filled at once */
  constructor(fills) {
    this.fills = fills;
  }

  /** @param {string} symbol */
  place(symbol) {
    this.#lastId += 1;
    const orderId = this.#lastId;
    if (!this.fills(orderId)) this.#resting.set(orderId, { symbol, orderId, status: 'NEW' });
    return orderId;
  }

  /** @param {number} orderId */
  has(orderId) {
    return this.#resting.has(orderId);
  }

  /** @param {number} orderId */
  cancel(orderId) {
    this.#resting.delete(orderId);
    return orderId;
  }

  /**
   * @param {string | undefined} symbol `undefined` for all symbols
   * @param {number} max
   */
  list(symbol, max) {
    const found = [];
    for (const order of this.#resting.values()) {
      if (found.length === max) break;
      if (symbol === undefined || order.symbol === symbol) found.push(order);
    }
    return found;
  }
}
