import type { Outcome } from '../types.js';

type Fields = { readonly [field: string]: unknown };

/** A response as an outcome shows it. */
export interface OutcomeAnswer {
  readonly status: number;
  readonly headers: unknown;
}

/** Names of error classes that stand for a status which the error does not have. */
const NAMED: { readonly [name: string]: number } = {
  TooManyRequestsError: 429,
  RateLimitBanError: 418,
};

/**
 * Returns the status and the headers in an outcome, where clients put them: a response in the place
 * of the value or in `error.response`, or fields of the error. Undefined if there is no status.
 */
export function answerOf({ value, error }: Outcome): OutcomeAnswer | undefined {
  const { status, headers } = fieldsOf(value);
  if (isStatus(status, 100) && typeof headers === 'object') return { status, headers };
  const thrown = fieldsOf(error);
  const response = fieldsOf(thrown.response ?? fieldsOf(thrown.cause).response);
  const candidates = [
    response.status,
    response.statusCode,
    thrown.status,
    thrown.statusCode,
    thrown.code,
    NAMED[String(thrown.name)],
  ];
  const found = candidates.find((candidate) => isStatus(candidate, 400));
  if (found === undefined) return undefined;
  return { status: found as number, headers: response.headers ?? thrown.headers };
}

/** Length above which a list is no refusal: the longest are batches of some dozen orders. */
const MOST_ITEMS = 100;

/**
 * Returns the values in an outcome that may be the body of the response: parsed, or as text.
 * Clients return and throw bodies bare, in responses and in errors.
 */
export function contentsOf({ value, error }: Outcome): unknown[] {
  const contents: unknown[] = [];
  add(contents, value);
  add(contents, fieldsOf(value).data);
  if (typeof error !== 'object' || error === null) {
    add(contents, error);
    return contents;
  }
  const thrown = fieldsOf(error);
  const response = thrown.response ?? fieldsOf(thrown.cause).response;
  for (const content of [
    error,
    thrown.body,
    thrown.data,
    fieldsOf(response).data,
    fieldsOf(response).body,
    response,
    thrown.message,
  ]) {
    add(contents, content);
  }
  return contents;
}

/** Adds a value that may be a body. */
function add(contents: unknown[], value: unknown): void {
  const isLong = Array.isArray(value) && value.length > MOST_ITEMS;
  const isBody = typeof value === 'string' || (typeof value === 'object' && value !== null);
  if (isBody && !isLong) contents.push(value);
}

function isStatus(value: unknown, least: number): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= least && value < 600;
}

function fieldsOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {};
}
