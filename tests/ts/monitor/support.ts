import type { MonitorMessage } from 'multi-throttler/monitor';

const BASE = 'http://127.0.0.1:8080/throttler';

type Handler = (request: Request) => Promise<Response>;

export const get = (
  handler: Handler,
  path: string,
  headers: Record<string, string> = {},
): Promise<Response> => handler(new Request(`${BASE}/${path}`, { headers }));

export const post = (
  handler: Handler,
  path: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<Response> =>
  handler(
    new Request(`${BASE}/${path}`, {
      method: 'POST',
      headers,
      body: typeof body === 'string' ? body : JSON.stringify(body),
    }),
  );

export const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

export async function stats(handler: Handler): Promise<MonitorMessage> {
  return (await get(handler, 'stats')).json() as Promise<MonitorMessage>;
}

/** An event of a stream. */
export interface Received {
  readonly id: string;
  readonly message: MonitorMessage;
}

/** Reads server-sent events out of a response, one after the other. */
export class EventReader {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #decoder = new TextDecoder();
  #text = '';

  constructor(response: Response) {
    if (response.body === null) throw new TypeError('the response has no body');
    this.#reader = response.body.getReader();
  }

  /** Returns the next event; undefined at the end of the stream. */
  async next(): Promise<Received | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const id = /^id: (.*)$/m.exec(block)?.[1];
        const data = /^data: (.*)$/m.exec(block)?.[1];
        if (id !== undefined && data !== undefined) return { id, message: JSON.parse(data) };
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += this.#decoder.decode(value, { stream: true });
    }
  }

  cancel(): Promise<void> {
    return this.#reader.cancel();
  }
}
