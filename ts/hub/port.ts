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

/** Two connected ports in one realm. Messages arrive in microtasks. */
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
    Promise.resolve().then(() => {
      if (other.#other !== undefined) other.onMessage(message);
    });
  }

  close(): void {
    const other = this.#other;
    this.#other = undefined;
    if (other === undefined || other.#other === undefined) return;
    Promise.resolve().then(() => {
      if (other.#other === undefined) return;
      other.#other = undefined;
      other.onClose();
    });
  }
}
