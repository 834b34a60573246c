import type { Answered, Calls } from './calls.js';
import { ExchangeClock } from './exchange-clock.js';
import { Feedback } from './feedback.js';
import { Holdings } from './holdings.js';
import { type Lane, lanesOf } from './lanes.js';
import { LedgerClock } from './ledger-clock.js';
import { Levels } from './levels.js';
import { Needs } from './needs.js';
import { News } from './news.js';
import type { SessionOwner } from './owner.js';
import type { Claim, Message, Request } from './wire.js';

/** The content of a process's calls, and what follows from answers and messages. */
export class Dialogue {
  readonly #owner: SessionOwner;
  readonly #calls: Calls;
  readonly #clock = new LedgerClock();
  readonly #recalled = new Set<string>();
  /** Whether the ledger has to be told what was spent, as it was lost. */
  #tells = false;
  /** When the last sleep was noticed. */
  #sleptAt = Number.NEGATIVE_INFINITY;
  readonly holdings: Holdings;
  readonly needs: Needs;
  readonly feedback: Feedback;
  readonly exchange: ExchangeClock;
  readonly news = new News();
  readonly levels = new Levels();
  /** The number of processes by the last answer. */
  processes = 1;

  constructor(owner: SessionOwner, calls: Calls) {
    this.#owner = owner;
    this.#calls = calls;
    this.holdings = new Holdings(owner, this.#clock);
    this.needs = new Needs(this.holdings);
    this.feedback = new Feedback(owner, this.#clock);
    this.exchange = new ExchangeClock(owner, this.#clock);
  }

  /** The requests that wait here. */
  get lanes(): Lane[] {
    return this.#owner.hasWaiters ? lanesOf(this.#owner.waitingLanes()) : [];
  }

  /** Drops what is not spent, as the machine slept. It is settled with the next call. */
  expire(now: number): void {
    this.holdings.expire(now);
    this.#clock.forget();
    this.#sleptAt = now;
  }

  /** Makes the next call. @param isLast whether it only settles */
  request(now: number, isLast: boolean): Request {
    const { rules } = this.#calls;
    const settled = this.holdings.settle(rules, now, (rule) => this.#recalled.has(rule));
    this.#recalled.clear();
    const lanes = isLast ? [] : this.lanes;
    const told = this.#tells ? this.holdings.tell(rules, now) : [];
    this.#tells = false;
    const difference = this.exchange.news(now);
    return this.#calls.request({
      ...settled,
      w: lanes.map(({ lane, level, count, costs }) => [lane, level, count, costs]),
      x: isLast ? [] : this.needs.wishes(rules, lanes, now),
      k: this.holdings.arrived(),
      t: told,
      ...this.news.take(),
      ...(difference !== undefined && { o: difference }),
    });
  }

  /** Takes an answer in. Returns whether there is something to say at once. */
  accept({ request, answer, sent }: Answered, now: number): boolean {
    this.processes = answer.n;
    const isFirst = this.#calls.epoch === 0;
    const isNew = this.#calls.learn(answer);
    // The ledger may be on another machine now, with another clock.
    if (isNew) this.#clock.forget();
    // The clock of this process stood still in a sleep, so that it would seem too late. Claims of
    // such an answer count as ended.
    if (sent >= this.#sleptAt) this.#clock.learn(answer.T, sent, now);
    if (isNew) {
      this.#tells = !isFirst;
      if (this.#tells) {
        this.holdings.drop(this.#calls.rules, now);
        this.#owner.emit({ type: 'epoch', recovery: answer.rec });
      }
      this.feedback.forget();
      this.exchange.forget();
    } else {
      this.holdings.acknowledge(request.k, now);
    }
    this.exchange.heard(answer.z, now);
    this.feedback.paused(answer.pa, answer.T, now);
    this.feedback.refused(answer.f, answer.fr, answer.T, this.#tells);
    this.holdings.take(answer.c, now);
    const own = this.holdings.open(now);
    for (const crossed of this.levels.learn(this.#calls.rules, answer.lv, own, now)) {
      this.#owner.emit({ type: 'threshold', ...crossed });
    }
    this.news.told();
    this.needs.plan(now);
    return this.#tells || this.#blocksOthers(answer.c);
  }

  /**
   * Takes in claims that a message brings. Returns whether there is something to say at once;
   * undefined if they are not of this epoch.
   */
  take(claims: readonly Claim[], epoch: number | undefined, now: number): boolean | undefined {
    if (epoch !== this.#calls.epoch || !this.#clock.isKnown) return undefined;
    this.holdings.take(claims, now);
    return this.#blocksOthers(claims);
  }

  /** Hears of short rules. Returns whether spare units of them are held here. */
  recall(rules: readonly string[], now: number): boolean {
    const { unspent } = this.holdings.state(now);
    for (const rule of rules) if (unspent.has(rule)) this.#recalled.add(rule);
    return this.#recalled.size > 0;
  }

  /** Whether a message is of another epoch, or tells of other rules. */
  isNew({ ep, v }: Message): boolean {
    const { epoch, version } = this.#calls;
    return (ep !== undefined && ep !== epoch) || (v !== undefined && v !== version);
  }

  /** Whether others wait for the settlement of a claim: it is settled at once. */
  #blocksOthers(claims: readonly Claim[]): boolean {
    return claims.some(([, parts]) => parts.some(([rule]) => this.#calls.rules.blocksOthers(rule)));
  }
}
