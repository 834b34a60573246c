// Processes on virtual time that call the ledger and spend what it gives them, as carelessly as the
// protocol allows: at any instant before the end of a claim, with any delay up to the jitter.

import { randomOf } from './random.mjs';

/** @typedef {import('./exchange.mjs').Rule} Rule */
/** @typedef {import('./exchange.mjs').Arrival} Arrival */

/**
 * @typedef {object} Part what a claim gives of one rule
 * @property {string} rule
 * @property {number} amount
 * @property {number} until
 * @property {number} spent
 * @property {number} last
 *
 * @typedef {object} Answer
 * @property {number} T
 * @property {number} ep
 * @property {number} rec
 * @property {number} again
 * @property {[number, [string, number, number][], [number, number][]][]} c
 * @property {[string, number][]} lv
 * @property {string} [err]
 */

export const START = 1.7e12;
export const LEASE = 1000;
export const RECOVERY = 2000;

/** @param {ReturnType<typeof randomOf>} random @returns {Rule[]} */
export function randomRules(random) {
  const count = 1 + random.below(3);
  return Array.from({ length: count }, (_, i) => {
    const k = 1 + random.below(6);
    const w = random.of([300, 1000, 2500, 10_000]);
    const l = k === 6 ? 1 : 1 + random.below(random.of([4, 30, 1000]));
    const r = l / random.of([400, 1000, 8000]);
    const j = k === 5 ? 0 : Math.min(random.of([0, 5, 20, 60]), (k === 2 ? l / r : w) / 4);
    return { id: random.chance(0.2) ? `f${i}:*` : `R${i}`, k, l, w, j, r };
  });
}

export class Fleet {
  /** Arrivals at the exchange, by rule. @type {Map<string, Arrival[]>} */
  arrivals = new Map();
  now = START;
  granted = 0;
  /** Before this instant requests are slow, afterwards quick, so that they arrive together. */
  turn = 0;

  /**
   * @param {number} seed
   * @param {Rule[]} rules
   * @param {number} size
   * @param {(request: object, definitions: string, now: number) => Promise<Answer>} call
   * @param {{ ahead: number, isTold: boolean }} [exchange] its clock minus the ledger's, and
   *   whether processes tell of it
   */
  constructor(seed, rules, size, call, exchange = { ahead: 0, isTold: false }) {
    this.exchange = exchange;
    const jitters = rules.filter(({ k }) => k === 3).map(({ j }) => j);
    const least = Math.min(...jitters);
    /** The largest error of a process that reads the clock; small jitters leave no room for any. */
    this.error = exchange.isTold && least >= 20 ? Math.min(least, 60) / 4 : 0;
    this.random = randomOf(seed);
    this.rules = rules;
    this.call = call;
    this.definitions = JSON.stringify({
      rules,
      lease: LEASE,
      recovery: RECOVERY,
      grace: 1000,
      ttl: 1e6,
    });
    this.members = Array.from({ length: size }, (_, i) => new Member(this, `P${i}`));
  }

  /** @param {string} id the id of a rule, with a member in place of a family's star */
  ruleOf(id) {
    const rule = this.rules.find((each) => each.id === id || each.id === id.replace(/:.*/, ':*'));
    if (rule === undefined) throw new Error(`no rule ${id}`);
    return rule;
  }

  /** @param {string} id @param {number} at @param {number} amount */
  arrive(id, at, amount) {
    const list = this.arrivals.get(id) ?? [];
    this.arrivals.set(id, list);
    list.push({ at, amount });
  }
}

class Member {
  /** @type {Map<number, Part[]>} */
  claims = new Map();
  /** @type {Set<number>} */
  seen = new Set();
  /** Spending that a lost ledger has to hear of. @type {[string, number, number][]} */
  spending = [];
  /** Permits of settled claims, and when they may be released. @type {Map<string, number>} */
  held = new Map();
  /** @type {object[]} */
  sent = [];
  epoch = 0;
  number = 0;
  tells = false;
  isDead = false;
  calledAt = START;
  /** @type {object | undefined} */
  unanswered;

  /** @param {Fleet} fleet @param {string} name */
  constructor(fleet, name) {
    this.fleet = fleet;
    this.name = name;
  }

  /** Spends some of what is held, at instants since `from`. @param {number} from */
  spend(from) {
    const { fleet } = this;
    const { random, now } = fleet;
    for (const parts of this.claims.values()) {
      for (const part of parts) {
        const end = Math.min(now, part.until - 0.001);
        if (end < from || part.spent >= part.amount || random.chance(0.2)) continue;
        const at = random.chance(0.4) ? end : from + random.next() * (end - from);
        const rest = part.amount - part.spent;
        const { j: jitter, k } = fleet.ruleOf(part.rule);
        // The ledger takes differences of 5 ms for the same.
        const j = k === 3 && fleet.error > 0 ? jitter - fleet.error - 5 : jitter;
        // One request of a rule of spacing.
        const isWhole = k === 6 || random.chance(0.5);
        const amount = isWhole ? rest : Math.min(rest, 1 + random.below(5));
        // The jitter of an aligned window covers the error of the clock in both directions.
        const worst = at < fleet.turn ? j : 0;
        const late = random.chance(0.6) ? worst : random.of([j * random.next(), k === 3 ? -j : 0]);
        fleet.arrive(part.rule, at + late + (k === 3 ? fleet.exchange.ahead : 0), amount);
        part.spent += amount;
        part.last = Math.max(part.last, at);
        fleet.granted += amount;
        this.spending.push([part.rule, amount, at]);
      }
    }
  }

  /** Releases some permits. */
  release() {
    const { random, now } = this.fleet;
    for (const [id, count] of this.held) {
      if (count === 0 || random.chance(0.5)) continue;
      this.fleet.arrive(id, now, -count);
      this.held.set(id, 0);
    }
  }

  /** @param {boolean} isLost whether the answer does not arrive */
  async sync(isLost) {
    const { fleet } = this;
    const { random, now } = fleet;
    const request = this.unanswered ?? this.#request();
    this.sent.push(request);
    const answer = await fleet.call(request, fleet.definitions, now);
    if (isLost) {
      this.unanswered = request;
      return undefined;
    }
    this.unanswered = undefined;
    this.calledAt = now;
    if (answer.err) throw new Error(answer.err);
    if (answer.ep !== this.epoch) {
      this.tells = this.epoch !== 0;
      this.epoch = answer.ep;
      this.claims.clear();
      this.seen.clear();
    }
    for (const [id, parts] of answer.c) {
      if (this.seen.has(id)) continue;
      this.seen.add(id);
      const list = parts.map(([rule, amount, until]) => ({
        rule,
        amount,
        until,
        spent: 0,
        last: now,
      }));
      this.claims.set(id, list);
    }
    // A call that was sent twice, or arrives after a later one.
    if (random.chance(0.1)) await fleet.call(random.of(this.sent), fleet.definitions, now);
    return answer;
  }

  #request() {
    const { fleet } = this;
    const { random, now } = fleet;
    /** @type {[number, [string, number, number][]][]} */
    const settled = [];
    for (const [id, parts] of this.claims) {
      const isOver = parts.every((part) => part.spent >= part.amount || part.until <= now);
      if (!isOver && random.chance(0.7)) continue;
      this.claims.delete(id);
      settled.push([id, parts.map(({ rule, spent, last }) => [rule, spent, last])]);
      for (const { rule, spent } of parts) {
        if (fleet.ruleOf(rule).k === 5) this.held.set(rule, (this.held.get(rule) ?? 0) + spent);
      }
    }
    const told = this.tells
      ? this.spending
          .filter(([id]) => fleet.ruleOf(id).k !== 5)
          .map(([id, amount, at]) => [id, amount, now - at, now - at])
      : [];
    const { exchange, error } = fleet;
    const isTold = exchange.isTold && (this.epoch === 0 || this.tells || random.chance(0.2));
    const o = isTold ? { o: exchange.ahead + error * (2 * random.next() - 1) } : {};
    this.tells = false;
    const ids = fleet.rules.map(({ id }) => id.replace('*', random.of(['a', 'b'])));
    /** @param {string} id */
    const limit = (id) => fleet.ruleOf(id).l;
    const demand = Array.from({ length: random.below(4) }, (_, lane) => {
      const costs = ids.flatMap((id) => {
        const { l, r, j, k } = fleet.ruleOf(id);
        const most = k === 6 ? 3 : Math.floor(k === 2 ? l - r * j : l);
        const amount = Math.min(most, random.below(random.of([2, 5, 400])));
        const ceiling = Math.ceil(l * random.of([1, 1, 0.8]));
        return amount > 0 ? [id, amount, ceiling] : [];
      });
      const level = random.below(3) - random.of([0, 0, 5, -1000]) / 4096;
      return [lane, level, 1 + random.below(random.of([2, 100])), costs];
    }).filter(([, , , costs]) => /** @type {unknown[]} */ (costs).length > 0);
    return {
      p: this.name,
      n: ++this.number,
      e: this.epoch,
      v: 0,
      h: 'same',
      s: settled,
      w: demand,
      x: random.chance(0.5) ? ids.map((id) => [id, 1 + random.below(50), limit(id)]) : [],
      k: [...this.seen],
      c: [...this.held],
      t: told,
      u: [],
      b: [],
      l: 1,
      ...o,
    };
  }
}
