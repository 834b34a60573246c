import { typeOf } from '../../shared/binance-headers.js';
import { parseInstant } from '../../shared/instant.js';
import type { BodyReader, BodyVerdict } from '../../shared/verdict.js';
import { type Fields, fieldsOf, listOf } from '../answers/body.js';

/** Codes of refusals: -1003 too many requests, -1008 system protection, -1015 too many orders. */
const REFUSALS: readonly unknown[] = [-1003, -1008, -1015];

/** Shortest pause after the firewall has blocked an address, in milliseconds. */
const FIREWALL = 60_000;

/**
 * Reads refusals out of bodies of Binance and exchanges with its API: an error, the items of
 * `batchOrders`, and the two halves of `cancelReplace`. `IP banned until 1659146400000` in an error
 * gives the end of a ban. A 403 without an error is of the firewall, before the API.
 *
 * -1015 is about the orders of the account, which alone it pauses: cancels and market data may go
 * on, and so may other accounts on the address. -1008 pauses orders alone, as it exempts cancels
 * and orders that reduce a position. It is a certain failure only where it names the system-level
 * protection. Elsewhere, as after any 503, the order may have been executed.
 *
 * Sources: rest-api.md and errors.md of binance-spot-api-docs (2026-07); "General Info" of USD-M
 * futures at developers.binance.com, "HTTP 503 Status: Message Variants & Handling" (2026-01).
 */
export const binanceBody: BodyReader = (content, status, now = Date.now()) => {
  const whole = fieldsOf(content);
  if (status === 403 && typeof whole.code !== 'number')
    return { status: 418, retryAfter: FIREWALL };
  // Order books are longer than errors, and need not be searched.
  if (typeof content === 'string' && !/-10(03|08|15)\b/.test(content)) return undefined;
  if (!mayRefuse(whole)) return undefined;
  const halves = fieldsOf(whole.data);
  const replaced = [halves.cancelResponse, halves.newOrderResponse];
  const parts = [...listOf(whole), ...replaced.filter((half) => half !== undefined)];
  const refused = [whole, ...parts].map((part) => fieldsOf(part)).filter(isRefusal);
  // A message over a WebSocket has a status and a time of its own, but for this code.
  const error = fieldsOf(whole.error);
  if (error.code === -1008) refused.push(error);
  if (refused.length === 0) return undefined;
  const isWhole = parts.every((part) => isRefusal(fieldsOf(part)));
  return verdictOf(refused, isWhole ? undefined : true, now);
};

function verdictOf(
  refused: readonly Fields[],
  partial: true | undefined,
  now: number,
): BodyVerdict {
  const texts = refused.map(({ msg }) => String(msg));
  const until = texts.map((text) => /banned until (\d{10,19})/.exec(text)?.[1]).find(Boolean);
  const end = parseInstant(until, now);
  if (until !== undefined) {
    return { status: 418, retryAfter: end === undefined ? undefined : Math.max(0, end - now) };
  }
  const ofOrders = {
    pauses: 'charged',
    of: (id: string) => typeOf(id).endsWith('ORDERS'),
  } as const;
  if (refused.every(({ code }) => code === -1015)) return { status: 429, partial, ...ofOrders };
  if (!refused.every(({ code }) => code === -1008)) return { status: 429, partial };
  const isFailure = texts.every((text) => /system-level protection/i.test(text));
  return { status: 429, partial: isFailure ? partial : true, ...ofOrders };
}

/** Whether a body has anything that may be a refusal; for most bodies, which have nothing. */
function mayRefuse(whole: Fields): boolean {
  if (Array.isArray(whole)) return whole.some(isRefusedPart);
  return isRefusal(whole) || isObject(whole.data) || isObject(whole.error);
}

function isRefusedPart(part: unknown): boolean {
  return isRefusal(fieldsOf(part));
}

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null;
}

function isRefusal({ code }: Fields): boolean {
  return REFUSALS.includes(code);
}
