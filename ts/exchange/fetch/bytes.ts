/** A request or response, of the platform or of a library whose bodies are streams of Node. */
interface HasBody {
  readonly body: Body | null | undefined;
  arrayBuffer(): Promise<ArrayBuffer>;
}

type Body = ReadableStream<Uint8Array> | (AsyncIterable<Uint8Array> & { destroy?(): void });

/**
 * Returns the bytes of a body. Undefined if there are more than `most`; the rest is not read then.
 *
 * @param stop cancels the body when it aborts; no more bytes come then
 * @throws errors of the stream
 */
export async function bytesOf(
  message: unknown,
  most: number,
  stop?: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { body } = message as HasBody;
  if (body === null) return new Uint8Array();
  // Firefox has no `Request.body`, and so no bodies of unknown length either.
  if (body === undefined) return new Uint8Array(await (message as HasBody).arrayBuffer());
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunksOf(body, stop)) {
    length += chunk.byteLength;
    if (length > most) return undefined;
    chunks.push(chunk);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.byteLength;
  }
  return bytes;
}

/** Yields the chunks of a stream, and cancels it when no more are wanted. */
export async function* chunksOf(body: Body, stop?: AbortSignal): AsyncIterable<Uint8Array> {
  if (!('getReader' in body)) {
    stop?.addEventListener('abort', () => body.destroy?.());
    return yield* body;
  }
  // Not all platforms can iterate over streams.
  const reader = body.getReader();
  const cancel = () => void reader.cancel().catch(ignore);
  stop?.addEventListener('abort', cancel);
  let isDone = false;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      yield value;
    }
    isDone = true;
  } finally {
    if (!isDone) cancel();
  }
}

/** Cancels the body of a response that nobody will read, which frees its connection. */
export function discard(response: unknown): void {
  const { body } = (response ?? {}) as {
    body?: { cancel?(): Promise<void>; destroy?(): void } | null;
  };
  if (typeof body?.cancel === 'function') body.cancel().catch(ignore);
  else body?.destroy?.();
}

/** Ignores the outcome of a stream that has no reader any more. */
export function ignore(): void {}
