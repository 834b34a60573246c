import type { ThrottlerListener } from '../events.js';
import { type AnyEvent, type EventName, kindsOf, readEvents } from './events.js';
import { invalidConfig } from './invalid-config.js';
import { EVENTS, TAKE_EVENTS, WATCH } from './protocol.js';
import { weak } from './weak.js';

/** The calls about events that listeners make to the engine. */
interface EventSource {
  /** Calls a method of protocol.ts. */
  // biome-ignore lint/suspicious/noExplicitAny: one door for results of all types
  call(method: number, first?: unknown, second?: unknown): any;
}

/** A listener that was added by one call of `on`. */
interface Subscription {
  readonly listener: ThrottlerListener<EventName>;
  isActive: boolean;
}

/**
 * The listeners of a throttler.
 *
 * The engine records events only of names that have listeners. It announces them, and they are
 * taken and delivered in a microtask: never within the call that led to them. A listener gets the
 * events that occur after it was added and until it is removed.
 */
export class Listeners {
  readonly #source: EventSource;
  readonly #notify: () => void;
  /** The subscriptions by name. Lists are replaced, never changed, as deliveries keep them. */
  readonly #subscriptions = new Map<EventName, readonly Subscription[]>();
  /** Events that were taken and not delivered yet, with those that get them. */
  #deliveries: { readonly event: AnyEvent; readonly to: readonly Subscription[] }[] = [];
  #isScheduled = false;

  constructor(source: EventSource) {
    this.#source = source;
    // The engine's references are never collected.
    const ref = weak(this);
    this.#notify = () => {
      const listeners = ref.deref();
      if (listeners !== undefined) listeners.#schedule();
    };
  }

  /**
   * Adds a listener. Returns a function that removes it.
   *
   * @throws {InvalidConfigError} there are no events of that name
   */
  add(name: EventName, listener: ThrottlerListener<EventName>): () => void {
    if (!EVENTS.includes(name)) throw invalidConfig('event', `one of ${EVENTS.join(', ')}`, name);
    // Earlier events are not for the new listener. The first one has none before it.
    if (this.#subscriptions.size > 0) this.#take();
    const others = this.#subscriptions.get(name) ?? [];
    const subscription = { listener, isActive: true };
    if (others.length === 0) this.#watch([...this.#names(), name]);
    this.#subscriptions.set(name, [...others, subscription]);
    return () => this.#remove(name, subscription);
  }

  #remove(name: EventName, subscription: Subscription): void {
    if (!subscription.isActive) return;
    subscription.isActive = false;
    const others = this.#subscriptions.get(name)?.filter((other) => other !== subscription) ?? [];
    this.#subscriptions.set(name, others);
    if (others.length > 0) return;
    this.#take();
    this.#watch(this.#names());
  }

  /** Returns the names that have listeners. */
  #names(): EventName[] {
    return [...this.#subscriptions].filter(([, list]) => list.length > 0).map(([name]) => name);
  }

  #watch(names: EventName[]): void {
    this.#source.call(WATCH, kindsOf(names), this.#notify);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    // Not `queueMicrotask`, which fake timers replace.
    Promise.resolve().then(() => this.#deliver());
  }

  #take(): void {
    for (const event of readEvents(this.#source.call(TAKE_EVENTS))) {
      const to = this.#subscriptions.get(event.type);
      if (to !== undefined) this.#deliveries.push({ event, to });
    }
    if (this.#deliveries.length > 0) this.#schedule();
  }

  #deliver(): void {
    this.#take();
    this.#isScheduled = false;
    for (const { event, to } of this.#deliveries.splice(0)) {
      for (const subscription of to) if (subscription.isActive) call(subscription.listener, event);
    }
  }
}

/** Calls a listener. An exception is reported as uncaught, and disturbs no other listener. */
function call(listener: ThrottlerListener<EventName>, event: AnyEvent): void {
  try {
    listener(event);
  } catch (error) {
    // Node has no `reportError`; there, as elsewhere, an unhandled rejection is reported.
    if (typeof reportError === 'function') reportError(error);
    else Promise.reject(error);
  }
}
