/** One instrument of the simulated market: its price, book, trades and candles. */

/**
 * @typedef {object} Order fields as Binance names them
 * @property {string} symbol
 * @property {number} orderId
 * @property {'BUY' | 'SELL'} side
 * @property {'LIMIT' | 'MARKET'} type
 * @property {string} price of a limit order; of a filled one, the price at which it was filled
 * @property {string} origQty
 * @property {string} executedQty
 * @property {'NEW' | 'FILLED' | 'CANCELED'} status
 * @property {number} transactTime Unix ms
 *
 * @typedef {{ time: number, open: number, high: number, low: number, close: number,
 *   volume: number }} Candle
 */

/** The price moves once in so many milliseconds. */
const STEP = 250;
/** The length of a candle in milliseconds. */
const CANDLE = 1000;
/** The number of candles and of trades that are kept. */
const KEPT = 240;
/** The number of levels of each side of the book. */
const LEVELS = 24;
/** The typical move of a step, as a part of the price. */
const MOVE = 0.00012;
/** A longer time without a request is not made up for, in milliseconds. */
const LONGEST_GAP = KEPT * CANDLE;

export class Instrument {
  #price;
  #first;
  #decimals;
  #size;
  #random;
  #steps;
  #drift = 0;
  #tradeId = 0;
  /** @type {Candle[]} the oldest first */
  #candles = [];
  /** @type {object[]} the oldest first */
  #trades = [];
  /** @type {{ bids: number[], asks: number[] }} quantities, the best price first */
  #book;

  /**
   * @param {object} o
   * @param {number} o.price
   * @param {number} o.decimals of prices
   * @param {number} o.size typical quantity of a level of the book
   * @param {number} o.now Unix ms; charts begin full
   * @param {() => number} o.random in [0, 1)
   */
  constructor({ price, decimals, size, now, random }) {
    this.#price = this.#first = price;
    this.#decimals = decimals;
    this.#size = size;
    this.#random = random;
    this.#book = { bids: this.#levels(), asks: this.#levels() };
    this.#steps = Math.floor((now - LONGEST_GAP) / STEP);
    this.advance(now);
  }

  /**
   * Moves the price up to an instant. Returns whether it moved.
   *
   * @param {number} now Unix ms
   */
  advance(now) {
    const last = Math.floor(now / STEP);
    if (last <= this.#steps) return false;
    this.#steps = Math.max(this.#steps, last - LONGEST_GAP / STEP);
    while (this.#steps < last) this.#step(++this.#steps * STEP);
    return true;
  }

  /**
   * Fills an order that the market reaches.
   *
   * @param {Order} order
   */
  match(order) {
    const isBuy = order.side === 'BUY';
    const touch = isBuy ? this.#level('asks', 0) : this.#level('bids', 0);
    const limit = Number(order.price);
    const isReached = order.type === 'MARKET' || (isBuy ? limit >= touch : limit <= touch);
    if (order.status !== 'NEW' || !isReached) return;
    order.status = 'FILLED';
    order.executedQty = order.origQty;
    order.price = this.#text(touch);
    this.#trade(order.transactTime, touch, Number(order.origQty), !isBuy);
  }

  /**
   * @param {number} rows
   * @param {readonly Order[]} orders resting ones, which are part of the book
   */
  depth(rows, orders) {
    const side = (/** @type {'bids' | 'asks'} */ name) => {
      const levels = new Map(
        this.#book[name].map((quantity, n) => [this.#text(this.#level(name, n)), quantity]),
      );
      for (const { side: own, price, origQty } of orders) {
        if ((own === 'BUY') !== (name === 'bids')) continue;
        const text = this.#text(Number(price));
        levels.set(text, (levels.get(text) ?? 0) + Number(origQty));
      }
      const sign = name === 'bids' ? -1 : 1;
      return [...levels]
        .sort(([a], [b]) => sign * (Number(a) - Number(b)))
        .slice(0, rows)
        .map(([price, quantity]) => [price, quantity.toFixed(4)]);
    };
    return { lastUpdateId: this.#steps, bids: side('bids'), asks: side('asks') };
  }

  /** @param {number} rows */
  trades(rows) {
    return this.#trades.slice(-rows);
  }

  /** @param {number} rows */
  candles(rows) {
    return this.#candles
      .slice(-rows)
      .map(({ time, open, high, low, close, volume }) => [
        time,
        ...[open, high, low, close].map((price) => this.#text(price)),
        volume.toFixed(4),
        time + CANDLE - 1,
      ]);
  }

  ticker = () => ({
    lastPrice: this.#text(this.#price),
    priceChangePercent: ((this.#price / this.#first - 1) * 100).toFixed(2),
  });

  /** @param {number} at Unix ms */
  #step(at) {
    const noise = this.#random() + this.#random() + this.#random() - 1.5;
    // A slow drift makes trends, and a pull to the first price keeps them bounded.
    this.#drift = 0.97 * this.#drift + 0.12 * (this.#random() - 0.5);
    const pull = 0.0006 * (1 - this.#price / this.#first);
    this.#price *= 1 + MOVE * (noise + this.#drift) + pull;
    for (const side of [this.#book.bids, this.#book.asks]) {
      const level = Math.floor(this.#random() * LEVELS);
      side[level] = this.#quantity(level);
      side[0] = this.#quantity(0);
    }
    if (this.#random() < 0.55)
      this.#trade(at, this.#price, this.#quantity(0) / 3, this.#random() < 0.5);
    this.#candle(at);
  }

  /** @param {number} at Unix ms */
  #candle(at) {
    const time = Math.floor(at / CANDLE) * CANDLE;
    const price = this.#price;
    const last = this.#candles.at(-1);
    if (last?.time === time) {
      last.high = Math.max(last.high, price);
      last.low = Math.min(last.low, price);
      last.close = price;
      last.volume += this.#quantity(1);
      return;
    }
    const open = last?.close ?? price;
    const [high, low] = [Math.max(open, price), Math.min(open, price)];
    this.#candles.push({ time, open, high, low, close: price, volume: this.#quantity(1) });
    if (this.#candles.length > KEPT) this.#candles.shift();
  }

  /**
   * @param {number} time Unix ms
   * @param {number} price
   * @param {number} quantity
   * @param {boolean} isBuyerMaker whether the seller took the price
   */
  #trade(time, price, quantity, isBuyerMaker) {
    this.#tradeId += 1;
    const qty = quantity.toFixed(4);
    this.#trades.push({ id: this.#tradeId, time, price: this.#text(price), qty, isBuyerMaker });
    if (this.#trades.length > KEPT) this.#trades.shift();
  }

  /**
   * The price of a level of the book.
   *
   * @param {'bids' | 'asks'} side
   * @param {number} level 0 is the best
   */
  #level(side, level) {
    const distance = this.#price * 0.00002 * (1 + 2 * level);
    return this.#price + (side === 'bids' ? -distance : distance);
  }

  #levels() {
    return Array.from({ length: LEVELS }, (_, level) => this.#quantity(level));
  }

  /** @param {number} level deeper ones hold more */
  #quantity(level) {
    return this.#size * (0.15 + this.#random() ** 2) * (1 + level / 12);
  }

  /** @param {number} price */
  #text(price) {
    return price.toFixed(this.#decimals);
  }
}
