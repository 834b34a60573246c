import { type RequestPriority, WaitTimeoutError } from '../../index.js';
import { CANCEL, type MemberMessage, PRIORITY, REQUEST } from '../messages.js';
import { pack } from '../pack.js';
import type { Counts } from './counts.js';
import type { MemberClock } from './link.js';
import { names, type WaitingRequest } from './request.js';

/** Milliseconds that a hub has to reject a request whose `maxWait` is over. */
const BACKSTOP = 100;
/** The longest delay of a timer. */
const LONGEST_DELAY = 2 ** 31 - 1;

interface Parts {
  readonly clock: MemberClock;
  readonly counts: Counts;
  /** Sends a message to the hub; does nothing while there is none. */
  readonly send: (message: MemberMessage) => void;
  readonly isConnected: () => boolean;
  /** Called when a request was added or has left. */
  readonly onChange: () => void;
}

/** The requests of a member that were not settled, by their ids, in the order of submission. */
export class WaitingRequests {
  readonly #parts: Parts;
  readonly #requests = new Map<number, WaitingRequest>();
  #ids = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#requests.size;
  }

  get(id: number): WaitingRequest | undefined {
    return this.#requests.get(id);
  }

  /** The requests whose costs name a rule, or all. */
  list(rule?: string): WaitingRequest[] {
    const all = [...this.#requests.values()];
    return rule === undefined ? all : all.filter(({ cost }) => names(cost, rule));
  }

  /** Adds a request under a new id. */
  add(request: WaitingRequest): void {
    const { send: _, isConnected, onChange } = this.#parts;
    request.id = ++this.#ids;
    this.#requests.set(request.id, request);
    onChange();
    if (isConnected()) this.#send(request);
    else this.#armDeadline(request, 0);
  }

  /** Asks for a request anew, whose grant was given back. */
  renew(request: WaitingRequest): void {
    this.#requests.delete(request.id);
    this.add(request);
  }

  /** To be called when there is a new connection. */
  sendAll(): void {
    for (const request of this.#requests.values()) this.#send(request);
  }

  /** To be called when there is no connection any more: nothing else ends what is overdue. */
  disconnected(): void {
    for (const request of this.#requests.values()) this.#armDeadline(request, 0);
  }

  /** Withdraws a request when its signal aborts. */
  listen(request: WaitingRequest, signal: AbortSignal): void {
    const abort = () => {
      this.#parts.counts.aborted += 1;
      this.withdraw(request, signal.reason);
    };
    signal.addEventListener('abort', abort);
    request.unlisten = () => signal.removeEventListener('abort', abort);
  }

  /** Withdraws a request. Returns whether it waited. */
  withdraw(request: WaitingRequest, reason: unknown): boolean {
    if (this.#requests.get(request.id) !== request) return false;
    this.#parts.send([CANCEL, request.id]);
    request.reject(reason);
    this.remove(request);
    return true;
  }

  setPriority(request: WaitingRequest, priority: RequestPriority): void {
    request.priority = priority;
    this.#parts.send([PRIORITY, request.id, priority]);
  }

  /** Removes a request that was settled. */
  remove(request: WaitingRequest): void {
    this.#requests.delete(request.id);
    request.unlisten?.();
    if (request.timer !== undefined) this.#parts.clock.clearTimeout(request.timer);
    this.#parts.onChange();
  }

  #send(request: WaitingRequest): void {
    const { id, isForPermit, packed, options, maxWait, startedAt, priority } = request;
    let changed: { priority?: unknown; maxWait?: number } | undefined;
    if (priority !== options.priority) changed = { priority };
    if (Number.isFinite(maxWait)) {
      const left = startedAt + maxWait - this.#parts.clock.now();
      if (left < maxWait - 1) changed = { ...changed, maxWait: Math.max(0, left) };
      this.#armDeadline(request, BACKSTOP);
    }
    const all = changed === undefined ? options : { ...options, ...changed };
    this.#parts.send([REQUEST, id, packed, isForPermit ? 1 : 0, hasFields(all) ? pack(all) : 0]);
  }

  /** Rejects a request by itself if nothing else has, `extra` milliseconds after its deadline. */
  #armDeadline(request: WaitingRequest, extra: number): void {
    const { maxWait, startedAt } = request;
    if (!Number.isFinite(maxWait)) return;
    const { clock } = this.#parts;
    clock.clearTimeout(request.timer);
    const left = startedAt + maxWait + extra - clock.now();
    request.timer = clock.setTimeout(
      () => {
        const estimatedWait = Number.POSITIVE_INFINITY;
        const message = `The request could not be granted within maxWait (${maxWait} ms): the hub has not answered`;
        this.#parts.counts.rejected('WAIT_TIMEOUT');
        this.withdraw(
          request,
          new WaitTimeoutError(message, 'WAIT_TIMEOUT', { maxWait, estimatedWait }),
        );
      },
      Math.min(LONGEST_DELAY, Math.max(0, left)),
    );
  }
}

function hasFields(options: object): boolean {
  for (const _ in options) return true;
  return false;
}
