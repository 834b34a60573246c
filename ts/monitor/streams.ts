import { unref } from '../shared/unref.js';
import type { NamedReading } from './message.js';
import type { Source } from './source.js';

/** The time between two readings, in milliseconds. */
const EVERY = 250;
/** An unchanged state is sent again after this many milliseconds, so that clients know it is on. */
const HEARTBEAT = 5000;
/** The number of bytes that may wait for a slow reader: some seconds of a busy throttler. */
const LARGEST_BACKLOG = 262_144;
/** The number of streams at a time. */
const MOST = 100;

interface Stream {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** The occurrences that it has got. */
  position: string | undefined;
}

/**
 * Streams of server-sent events. While there is none, there is no timer. A stream whose reader
 * falls behind is ended: the reader connects again and gets the state of then, which is all it
 * needs.
 */
export class Streams {
  readonly #source: Source;
  readonly #all = new Set<Stream>();
  #timer: ReturnType<typeof setInterval> | undefined;
  /** The state that was sent last, and when. */
  #last = { state: '', at: 0 };

  constructor(source: Source) {
    this.#source = source;
  }

  /** The number of open streams. */
  get size(): number {
    return this.#all.size;
  }

  get isFull(): boolean {
    return this.#all.size >= MOST;
  }

  /**
   * Opens a stream, and sends the state at once.
   *
   * @param after the position that the client has got to before
   */
  open(after: string | undefined, signal: AbortSignal): ReadableStream<Uint8Array> {
    let stream: Stream | undefined;
    const leave = () => {
      if (stream !== undefined) this.#remove(stream);
    };
    return new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          stream = { controller, position: after };
          this.#all.add(stream);
          signal.addEventListener('abort', leave, { once: true });
          controller.enqueue(encoded('retry: 1000\n\n'));
          this.#send(stream, this.#source.read());
          this.#timer ??= unref(setInterval(() => this.#tick(), EVERY));
        },
        cancel: leave,
      },
      { highWaterMark: LARGEST_BACKLOG, size: (chunk) => chunk?.byteLength ?? 0 },
    );
  }

  /** Ends all streams. */
  close(): void {
    for (const { controller } of this.#all) controller.close();
    this.#all.clear();
    this.#stopTimer();
  }

  #tick(): void {
    const readings = this.#source.read();
    const now = Date.now();
    const { position } = this.#source;
    const state = position + JSON.stringify(readings.map(withoutTime));
    const isDue = state !== this.#last.state || now - this.#last.at >= HEARTBEAT;
    if (!isDue) return;
    this.#last = { state, at: now };
    for (const stream of this.#all) this.#send(stream, readings);
  }

  #send(stream: Stream, readings: readonly NamedReading[]): void {
    const { position } = this.#source;
    const message = this.#source.message(readings, stream.position, false);
    const chunk = encoded(`id: ${position}\nevent: reading\ndata: ${JSON.stringify(message)}\n\n`);
    if ((stream.controller.desiredSize ?? 0) < chunk.byteLength) {
      stream.controller.error(new Error('the reader of the events is too slow'));
      this.#remove(stream);
      return;
    }
    stream.controller.enqueue(chunk);
    stream.position = position;
  }

  #remove(stream: Stream): void {
    this.#all.delete(stream);
    if (this.#all.size === 0) this.#stopTimer();
  }

  #stopTimer(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#last = { state: '', at: 0 };
  }
}

/** Leaves out the instant, which alone makes no reading worth sending. */
function withoutTime({ name, reading }: NamedReading): object {
  return { name, reading: reading && { ...reading, at: 0 } };
}

function encoded(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
