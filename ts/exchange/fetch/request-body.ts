import { bytesOf } from './bytes.js';

/** The longest body of a `Request` that is kept for another try, in bytes. */
const LONGEST_SPARE = 1024 * 1024;

/** Kinds of bodies that can be sent several times, as `Object.prototype.toString` names them. */
const REPLAYABLE = ['String', 'URLSearchParams', 'FormData', 'Blob', 'File', 'ArrayBuffer'];

/** Returns a body that can be read without consuming it. */
export function readableBody(body: unknown): string | URLSearchParams | undefined {
  return typeof body === 'string' || body instanceof URLSearchParams ? body : undefined;
}

/** Whether a body of `init` can be sent more than once. Streams and unknown objects cannot. */
export function isReplayable(body: unknown): boolean {
  if (typeof body === 'function') return false;
  if (typeof body !== 'object' || body === null || ArrayBuffer.isView(body)) return true;
  // The `FormData` of the package form-data is a stream.
  if (Symbol.asyncIterator in body || 'pipe' in body) return false;
  return REPLAYABLE.includes(Object.prototype.toString.call(body).slice(8, -1));
}

/** Returns a body that later changes of the given one do not reach; streams are passed on. */
export function copyOf<T>(body: T): T {
  return (copied(body) ?? body) as T;
}

function copied(body: unknown): unknown {
  if (typeof body !== 'object' || body === null) return undefined;
  if (body instanceof ArrayBuffer) return body.slice(0);
  if (ArrayBuffer.isView(body)) {
    return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
  }
  if (body.constructor === URLSearchParams) return new URLSearchParams(body as URLSearchParams);
  if (body.constructor !== FormData) return undefined;
  const form = new FormData();
  // Append takes texts and files alike, though its types know one at a time.
  for (const [name, value] of body as FormData) form.append(name, value as string);
  return form;
}

/**
 * Reads the body of a `Request` while that is being sent, since it can be sent only once. The
 * `Request` itself stays what it was. Undefined if the body is longer than a megabyte or cannot be
 * read: a stream of any length must not fill the memory.
 */
export async function spareBody(request: Request): Promise<Uint8Array | undefined> {
  try {
    return await bytesOf(request.clone(), LONGEST_SPARE);
  } catch {
    // A body that another reader holds, or that failed: the request itself tells of it.
    return undefined;
  }
}
