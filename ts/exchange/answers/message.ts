/** Reads responses over WebSockets as the responses over HTTP with the same meaning. */

import type { Report, ThrottleCost } from '../../index.js';
import { parseNumber, readHeaders } from '../../shared/headers.js';
import { unixMs } from '../../shared/instant.js';
import { type BodyReader, type PausedRules, reportOf } from '../../shared/verdict.js';
import { type Fields, fieldsOf } from './body.js';

/** Report of a response over a WebSocket, without the permit of its request. */
export type Answered = Pick<Report, 'status' | 'rules'> & { readonly headers: Headers };

/**
 * Reads a response over a WebSocket: its status, the server usage as headers over HTTP would have
 * it, and the rules that a refusal pauses. Returns `undefined` for a message that responds to no
 * request under a limit: an event, a subscription, a text that is no JSON. Unreadable parts are
 * left out, and it does not throw.
 *
 * @param message text, bytes of a text, or parsed
 * @param cost costs that the request was charged, for exchanges that count each endpoint by itself
 *   and whose responses do not name the limit
 * @param pauses rules that a refusal pauses; default `pauses` of the profile
 *
 * @example
 * socket.onmessage = ({ data }) => {
 *   const answer = binanceSpot.answer(data);
 *   if (answer) throttler.report({ ...answer, permit });
 * };
 */
export type AnswerReader = (
  message: unknown,
  cost?: ThrottleCost | undefined,
  pauses?: PausedRules | undefined,
) => Answered | undefined;

/** Response over HTTP with the same meaning as a message. */
export interface HttpAnswer {
  readonly status: number;
  /** Headers of the response; values other than texts and numbers are left out. */
  readonly headers?: unknown;
  /**
   * Body in which the profile reads refusals.
   *
   * @defaultValue the message
   */
  readonly body?: unknown;
}

/** Returns the response over HTTP for a message; `undefined` for one under no limit. */
export type MessageReader = (message: Fields) => HttpAnswer | undefined;

/** Returns the reader of a profile's responses over WebSockets. */
export function answerReader(
  read: MessageReader | undefined,
  body: BodyReader | undefined,
  own: PausedRules,
): AnswerReader {
  return (message, cost, pauses = own) => {
    const fields = fieldsOf(textOf(message), Number.POSITIVE_INFINITY);
    const answer = read?.(fields);
    if (answer === undefined) return undefined;
    return reportOf({
      status: answer.status,
      headers: readHeaders(answer.headers) ?? new Headers(),
      cost,
      content: answer.body ?? fields,
      body,
      pauses,
    });
  };
}

/** Decodes bytes, which Node's `ws` passes on, and sockets whose `binaryType` says so. */
function textOf(message: unknown): unknown {
  const isBytes = message instanceof ArrayBuffer || ArrayBuffer.isView(message);
  return isBytes ? new TextDecoder().decode(message) : message;
}

/** Returns a `Date` header for a Unix time in any unit, a number or a text. */
export function httpDate(unixTime: unknown): string | undefined {
  const time = typeof unixTime === 'string' ? parseNumber(unixTime) : unixTime;
  const date = new Date(typeof time === 'number' ? unixMs(time) : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toUTCString();
}
