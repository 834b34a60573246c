import { LONGEST_REFUSAL } from '../answers/body.js';
import { bytesOf } from './bytes.js';

/** Content types of bodies that may be refusals. */
const TEXTUAL = /json|text|html|xml|^$/i;

/** Content types of bodies that come piece by piece, maybe for ever. */
const STREAMED = /event-stream|ndjson|jsonl|json-seq|multipart/i;

/**
 * Returns the text of a response's body if it is short enough for a refusal, undefined otherwise.
 * The response can be read as before. No more is read than a refusal has, and nothing of a body
 * that is long, binary or an event stream: downloads are neither buffered nor delayed.
 *
 * @param stop ends the reading when it aborts
 */
export async function shortText(
  response: Response,
  stop?: AbortSignal,
): Promise<string | undefined> {
  if (!mayBeShort(response)) return undefined;
  try {
    const bytes = await bytesOf(response.clone(), LONGEST_REFUSAL, stop);
    return bytes && new TextDecoder().decode(bytes);
  } catch {
    // The body did not come, which its reader will learn.
    return undefined;
  }
}

function mayBeShort(response: Response): boolean {
  const length = Number(response.headers?.get?.('content-length') ?? 0);
  return isText(response) && !(length > LONGEST_REFUSAL);
}

/** Whether a response has a text that ends, and can be read twice. */
export function isText({ headers, clone, bodyUsed }: Response): boolean {
  if (typeof clone !== 'function' || bodyUsed) return false;
  const type = headers?.get?.('content-type') ?? '';
  return TEXTUAL.test(type) && !STREAMED.test(type);
}
