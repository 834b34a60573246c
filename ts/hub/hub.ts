import {
  type AnyRule,
  type ConfigPatch,
  type MultiThrottler,
  type RulePatch,
  ThrottlerError,
  type ThrottlerEvents,
} from '../index.js';
import { dataOf, differenceOf, findRule, patched, withRule } from './definitions.js';
import { deliveryOf, widened } from './delivery.js';
import { Flights } from './flights.js';
import { type Definition, type HubMessage, type HubView, RULES } from './messages.js';
import { pack } from './pack.js';
import type { Port } from './port.js';
import { HubSession } from './session.js';
import { ViewFeed } from './view-feed.js';

/** The parts of a {@link Hub}. */
export interface HubParts {
  /** The engine, with the rules of the definition {@link widened}. */
  readonly throttler: MultiThrottler;
  readonly definition: Definition;
  /** The name of this hub. */
  readonly epoch: string;
  /** Milliseconds of a clock that never steps back. */
  readonly now: () => number;
  /** Unix milliseconds. */
  readonly wallNow: () => number;
  /** Resolves when grants may be sent: when the notes about them are kept, and this is the hub. */
  readonly barrier: () => Promise<void> | undefined;
  /**
   * Resolves when the members of the hub before have said which permits they hold. Until then,
   * requests under rules of concurrency are not granted.
   */
  readonly recovered: Promise<void>;
  /** Calls back after some milliseconds; returns a function that cancels the call. */
  readonly later: (callback: () => void, ms: number) => () => void;
}

/** The names of the events that a hub tells its members. */
const SHARED_EVENTS = ['mode', 'pause', 'resume', 'sync', 'threshold'] as const;

/** The rare ones of these, after which all members get the new state. */
const FOR_ALL: readonly string[] = ['mode', 'pause', 'resume'];

/** The most ids for which the time of delivery is remembered. */
const MOST_IDS = 20_000;

/**
 * One engine for many members.
 *
 * A grant is sent when the note about it is kept. It names a time within which it has to arrive;
 * the member gives a later one back. The jitter of the rules includes that time, so the server
 * refuses no request. When the connection of a member ends, its waiting requests are withdrawn and
 * its permits are released, unless the member connects again.
 */
export class Hub {
  readonly parts: HubParts;
  readonly flights = new Flights();
  readonly sessions = new Set<HubSession>();
  readonly views: ViewFeed;
  isRecovered = false;
  #definition: Definition;
  #deliveries = new Map<string, number>();
  readonly #undo: (() => void)[] = [];

  constructor(parts: HubParts) {
    this.parts = parts;
    this.#definition = parts.definition;
    this.views = new ViewFeed({ ...parts, view: () => this.view() });
    parts.recovered.then(() => {
      this.isRecovered = true;
    });
    for (const name of SHARED_EVENTS) {
      this.#undo.push(parts.throttler.on(name, (event) => this.#tell(event)));
    }
  }

  get definition(): Definition {
    return this.#definition;
  }

  /** Serves a member over a port. */
  accept(port: Port): void {
    this.sessions.add(new HubSession(this, port));
  }

  /** Ends all connections. The engine is closed by its owner. */
  close(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.views.close();
    for (const session of [...this.sessions]) session.end();
  }

  /** Milliseconds within which a grant with these costs has to arrive. */
  deliveryFor(cost: object): number {
    let least = Number.POSITIVE_INFINITY;
    for (const id in cost) least = Math.min(least, this.#deliveryOf(id));
    return least;
  }

  /** Whether a cost names a rule of concurrency. */
  isConcurrent(cost: object): boolean {
    for (const id in cost) {
      const isTimeless = this.#deliveryOf(id) === Number.POSITIVE_INFINITY;
      if (isTimeless && isConcurrency(findRule(this.#definition.rules, id))) return true;
    }
    return false;
  }

  /** Returns the part of a cost under rules of concurrency. */
  concurrentPart(cost: object): { [ruleId: string]: number } {
    const { rules } = this.#definition;
    return Object.fromEntries(
      Object.entries(cost).filter(([id]) => isConcurrency(findRule(rules, id))),
    );
  }

  #deliveryOf(id: string): number {
    const known = this.#deliveries.get(id);
    if (known !== undefined) return known;
    const rule = findRule(this.#definition.rules, id);
    const { delivery } = this.#definition.config;
    const ms = rule === undefined ? Number.POSITIVE_INFINITY : deliveryOf(rule, delivery);
    if (this.#deliveries.size >= MOST_IDS) this.#deliveries.clear();
    this.#deliveries.set(id, ms);
    return ms;
  }

  /** The session of a member of this name other than `except`. */
  sessionOf(member: string, except: HubSession): HubSession | undefined {
    for (const session of this.sessions)
      if (session !== except && session.member === member) return session;
    return undefined;
  }

  view(): HubView {
    const { throttler } = this.parts;
    return {
      status: throttler.getStatus(),
      stats: throttler.getStats(),
      mode: throttler.mode,
      members: this.sessions.size,
    };
  }

  addRule(rule: AnyRule): void {
    this.parts.throttler.addRule(widened(rule, this.#definition.config.delivery));
    this.#setRules(withRule(this.#definition.rules, dataOf(rule)));
  }

  removeRule(id: string): boolean {
    const isRemoved = this.parts.throttler.removeRule(id);
    if (isRemoved) this.#setRules(this.#definition.rules.filter((rule) => rule.id !== id));
    return isRemoved;
  }

  updateRule(id: string, patch: RulePatch): void {
    const { throttler } = this.parts;
    const { rules, config } = this.#definition;
    const rule = findRule(rules, id);
    // The engine has the error for a rule that does not exist, and for fields that are wrong.
    if (rule === undefined || !isPatchable(rule, patch)) {
      throttler.updateRule(id, patch);
      return;
    }
    const next = patched(rule, id, patch);
    const { jitter, refillRate } = widened(next, config.delivery) as {
      jitter?: number;
      refillRate?: number;
    };
    throttler.updateRule(id, {
      ...patch,
      ...(jitter === undefined ? {} : { jitter }),
      ...(refillRate === undefined ? {} : { refillRate }),
    } as RulePatch);
    this.#setRules(withRule(rules, next));
  }

  configure(patch: ConfigPatch): void {
    this.parts.throttler.configure(patch);
    this.#define({ ...this.#definition, config: { ...this.#definition.config, ...patch } });
  }

  /**
   * Takes over the definition of a member, if it is of a higher version.
   *
   * @throws {ThrottlerError} of code `RULES_DIFFER`: it has the same version, but other rules
   */
  adopt(definition: Definition): void {
    const known = this.#definition;
    if (definition.version < known.version || definition.origin === known.origin) return;
    if (definition.version === known.version) {
      const { text, ...place } = differenceOf(known.origin, definition.origin);
      throw new ThrottlerError(
        `Other members of this key have other rules or settings of the same version (${known.version}): ` +
          `${text}. Give the newer ones a higher \`version\`; it then holds for all.`,
        'RULES_DIFFER',
        { version: known.version, ...place },
      );
    }
    const { throttler } = this.parts;
    for (const { id } of known.rules)
      if (!definition.rules.some((rule) => rule.id === id)) throttler.removeRule(id);
    for (const rule of definition.rules) {
      const next = widened(rule, definition.config.delivery);
      const before = known.rules.find(({ id }) => id === rule.id);
      // A rule that stays keeps its usage.
      const isKept = before !== undefined && algorithmOf(before) === algorithmOf(rule);
      if (isKept) throttler.updateRule(rule.id, fieldsToUpdate(next));
      else throttler.addRule(next);
    }
    const { delivery: _, ...config } = definition.config;
    throttler.configure(config);
    this.#define(definition);
  }

  #setRules(rules: readonly AnyRule[]): void {
    this.#define({ ...this.#definition, rules });
  }

  #define(definition: Definition): void {
    this.#definition = definition;
    this.#deliveries.clear();
    this.broadcast([RULES, pack(definition)]);
  }

  broadcast(message: HubMessage): void {
    for (const session of this.sessions) session.send(message);
  }

  #tell(event: ThrottlerEvents[(typeof SHARED_EVENTS)[number]]): void {
    for (const session of this.sessions) {
      session.tell(event);
      if (FOR_ALL.includes(event.type)) this.views.offer(session);
    }
  }
}

function isConcurrency(rule: AnyRule | undefined): boolean {
  return rule !== undefined && 'algorithm' in rule && rule.algorithm === 'concurrency';
}

function algorithmOf(rule: AnyRule): string {
  return 'algorithm' in rule ? rule.algorithm : 'token-bucket';
}

/** Whether the numbers of a patch are such that the jitter can be computed from them. */
function isPatchable(rule: AnyRule, patch: RulePatch): boolean {
  const next = patched(rule, rule.id, patch) as unknown as { [field: string]: unknown };
  return ['jitter', 'interval', 'capacity', 'refillRate'].every(
    (field) => next[field] === undefined || typeof next[field] === 'number',
  );
}

function fieldsToUpdate(rule: AnyRule): RulePatch {
  const {
    id: _id,
    algorithm: _algorithm,
    ...fields
  } = dataOf(rule) as unknown as {
    [field: string]: unknown;
  };
  return fields as RulePatch;
}
