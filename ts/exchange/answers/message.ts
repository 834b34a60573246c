/** Answers over WebSockets, read as the answers over HTTP that they amount to. */

import type { Report, ThrottleCost } from '../../index.js';
import { parseNumber, readHeaders } from '../../shared/headers.js';
import { unixMs } from '../../shared/instant.js';
import { type BodyReader, type PausedRules, reportOf } from '../../shared/verdict.js';
import { type Fields, fieldsOf } from './body.js';

/** What an answer over a WebSocket comes to: what `report` of a throttler is told of it, but for the permit. */
export type Answered = Pick<Report, 'status' | 'rules'> & { readonly headers: Headers };

/**
 * Reads an answer over a WebSocket: its status, what it says of usage as the headers that an answer over HTTP would have,
 * and which rules a refusal pauses. `undefined` for a message that answers no request under a limit: an event, a
 * subscription, a text that is no JSON. What cannot be read of an answer is left out; it does not throw.
 *
 * @param message as text, as bytes of a text, or parsed
 * @param cost what its request was charged: for exchanges that count each endpoint by itself, whose answers do not say
 *   which limit they speak of
 * @param pauses which rules a refusal pauses. Default: the `pauses` of the profile
 */
export type AnswerReader = (
  message: unknown,
  cost?: ThrottleCost | undefined,
  pauses?: PausedRules | undefined,
) => Answered | undefined;

/** An answer over HTTP with the same meaning as a message. */
export interface HttpAnswer {
  readonly status: number;
  /** Values that are no texts or numbers are left out. */
  readonly headers?: unknown;
  /** What the profile reads refusals out of. Default: the message. */
  readonly body?: unknown;
}

/** Tells of which answer over HTTP a message has the meaning; `undefined` if it answers no request under a limit. */
export type MessageReader = (message: Fields) => HttpAnswer | undefined;

/** The reader of a profile's answers. */
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

/** As what Node's `ws` hands out, and sockets whose `binaryType` says so. */
function textOf(message: unknown): unknown {
  const isBytes = message instanceof ArrayBuffer || ArrayBuffer.isView(message);
  return isBytes ? new TextDecoder().decode(message) : message;
}

/** A `Date` header for Unix milliseconds, or microseconds, as a number or a text. */
export function httpDate(unixTime: unknown): string | undefined {
  const time = typeof unixTime === 'string' ? parseNumber(unixTime) : unixTime;
  const date = new Date(typeof time === 'number' ? unixMs(time) : Number.NaN);
  return Number.isNaN(date.getTime()) ? undefined : date.toUTCString();
}
