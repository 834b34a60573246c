/** An event of any name. */
interface AnyEvent {
  readonly type: string;
}

type Listener = (event: AnyEvent) => unknown;

/** The listeners of a member. */
export class Emitter {
  readonly #listeners = new Map<string, ReadonlySet<{ readonly call: Listener }>>();
  readonly #onChange: (names: string[]) => void;

  /** @param onChange called with the names that have listeners, when they have changed */
  constructor(onChange: (names: string[]) => void) {
    this.#onChange = onChange;
  }

  /** The names that have listeners. */
  get names(): string[] {
    return [...this.#listeners].filter(([, set]) => set.size > 0).map(([name]) => name);
  }

  /** Adds a listener. Returns a function that removes it. */
  add(name: string, listener: (event: never) => unknown): () => void {
    const entry = { call: listener as Listener };
    this.#set(name, new Set([...(this.#listeners.get(name) ?? []), entry]));
    return () => {
      const others = [...(this.#listeners.get(name) ?? [])].filter((other) => other !== entry);
      this.#set(name, new Set(others));
    };
  }

  has(name: string): boolean {
    return (this.#listeners.get(name)?.size ?? 0) > 0;
  }

  /** Calls the listeners of an event. An exception is reported as uncaught. */
  emit(event: AnyEvent): void {
    for (const { call } of this.#listeners.get(event.type) ?? []) {
      try {
        call(event);
      } catch (error) {
        if (typeof reportError === 'function') reportError(error);
        else Promise.reject(error);
      }
    }
  }

  #set(name: string, listeners: ReadonlySet<{ readonly call: Listener }>): void {
    const wasEmpty = !this.has(name);
    this.#listeners.set(name, listeners);
    if (wasEmpty === this.has(name)) this.#onChange(this.names);
  }
}
