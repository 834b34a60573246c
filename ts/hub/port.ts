/**
 * A connection between a member and a hub, in order and without doubles while it is open. The
 * {@link Channel} on it checks that, and ends a connection that loses a message.
 */
export interface Port {
  /** Sends a message of JSON-safe data. Does nothing when the port is closed. */
  post(message: unknown): void;
  /** Ends the connection. Idempotent. */
  close(): void;
  /** Called with each message of the other side. */
  onMessage: (message: unknown) => void;
  /** Called once, when the other side has closed the port or has died. */
  onClose: () => void;
  /** Keeps the process alive, or not, while the port is open. */
  keepAlive?(isNeeded: boolean): void;
}

/**
 * Two connected ports in one realm. Each message arrives in a task of its own, so that a member
 * beside the hub, whose requests would be granted in one microtask after the other, does not keep
 * the messages of others waiting.
 */
export function portPair(): [Port, Port] {
  const [a, b] = [new MemoryPort(), new MemoryPort()];
  a.connect(b);
  b.connect(a);
  return [a, b];
}

class MemoryPort implements Port {
  onMessage: (message: unknown) => void = () => {};
  onClose: () => void = () => {};
  #other: MemoryPort | undefined;

  connect(other: MemoryPort): void {
    this.#other = other;
  }

  post(message: unknown): void {
    const other = this.#other;
    if (other === undefined) return;
    inTask(() => {
      if (other.#other !== undefined) other.onMessage(message);
    });
  }

  close(): void {
    const other = this.#other;
    this.#other = undefined;
    if (other === undefined || other.#other === undefined) return;
    inTask(() => {
      if (other.#other === undefined) return;
      other.#other = undefined;
      other.onClose();
    });
  }
}

/** Callbacks in the order in which they are called, where there is no `setImmediate`. */
const callbacks: (() => void)[] = [];
let channel: MessageChannel | undefined;

/** Calls back in a task. Timers would come late in a hidden page. */
function inTask(callback: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (callback: () => void) => unknown };
  if (setImmediate !== undefined) {
    setImmediate(callback);
    return;
  }
  // As in Jest's environment of jsdom.
  if (typeof MessageChannel === 'undefined') {
    setTimeout(callback);
    return;
  }
  if (channel === undefined) {
    channel = new MessageChannel();
    channel.port1.onmessage = () => callbacks.shift()?.();
  }
  callbacks.push(callback);
  channel.port2.postMessage(undefined);
}
