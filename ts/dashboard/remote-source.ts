import type { MonitorMessage } from '../monitor/message.js';
import { type Audience, type Command, CommandError, type Source } from './source.js';

/** A monitor sends something every 5 seconds, so a silence of this many milliseconds is a loss. */
const SILENCE = 12_000;
/** The times until another try to connect, in milliseconds. */
const PATIENCE = [500, 1000, 2000, 5000];

/** Follows a monitor over HTTP. */
export class RemoteSource implements Source {
  readonly #url: string;
  readonly #audience: Audience;
  #events: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** The last event; the monitor then sends the occurrences after it. */
  #after = '';

  /** @param url the address of the monitor, without `/events` */
  constructor(url: string, audience: Audience) {
    this.#url = url.replace(/\/+$/, '');
    this.#audience = audience;
  }

  start(): void {
    if (this.#events === undefined && this.#timer === undefined) this.#connect();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#events?.close();
    this.#events = undefined;
    this.#failures = 0;
  }

  close(): void {
    this.stop();
  }

  async command({ path, body }: Command, token: string | undefined): Promise<MonitorMessage> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token !== undefined) headers.authorization = `Bearer ${token}`;
    let response: Response;
    try {
      const init = { method: 'POST', headers, body: JSON.stringify(body) };
      response = await fetch(`${this.#url}/${path}`, init);
    } catch {
      throw new CommandError('The monitor does not answer');
    }
    const answer: unknown = await response.json().catch(() => undefined);
    if (response.ok && isMessage(answer)) return answer;
    const reason = (answer as { error?: unknown } | undefined)?.error;
    const text = typeof reason === 'string' ? reason : `The monitor answered ${response.status}`;
    throw new CommandError(text, response.status === 401);
  }

  /** Not the connecting of `EventSource` itself, which gives up at some errors. */
  #connect(): void {
    if (this.#failures === 0) this.#audience.connection('connecting');
    const query = this.#after === '' ? '' : `?after=${encodeURIComponent(this.#after)}`;
    const events = new EventSource(`${this.#url}/events${query}`);
    this.#events = events;
    this.#expect();
    events.onerror = () => this.#lost();
    events.addEventListener('reading', (event: MessageEvent<string>) => {
      const message = parse(event.data);
      if (message === undefined) return;
      this.#failures = 0;
      this.#after = event.lastEventId;
      this.#expect();
      this.#audience.message(message);
      this.#audience.connection('live');
    });
  }

  #expect(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#lost(), SILENCE);
  }

  #lost(): void {
    this.#events?.close();
    this.#events = undefined;
    clearTimeout(this.#timer);
    const wait = PATIENCE[Math.min(this.#failures, PATIENCE.length - 1)] ?? 0;
    this.#failures += 1;
    this.#audience.connection('lost');
    // Many dashboards of one monitor come back one after the other.
    this.#timer = setTimeout(() => this.#connect(), wait * (0.75 + Math.random() / 2));
  }
}

/** Returns undefined for a text that is no message, such as one of a later version. */
function parse(text: string): MonitorMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isMessage(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isMessage(value: unknown): value is MonitorMessage {
  const message = value as Partial<MonitorMessage> | null;
  return message?.version === 1 && Array.isArray(message.throttlers);
}
