import type { HeaderView } from './header-view.js';
/**
 * Returns the Unix milliseconds of the `Date` header: when the server sent its response, by its own
 * clock. It is cut to whole seconds, so the true time is up to a second later.
 *
 * @param now Unix milliseconds, for the century of a year of two digits
 */
export function serverTime(headers: HeaderView, now: number = Date.now()): number | undefined {
  return parseHttpDate(headers.get('date'), now);
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const DAY = '[a-z]{3,9}';
const TIME = '(?<hour>\\d\\d):(?<minute>\\d\\d):(?<second>\\d\\d)';
const FORMS = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `${DAY}, (?<day>\\d\\d?) (?<month>[a-z]{3}) (?<year>\\d{4}) ${TIME} (GMT|UTC)`,
  // Sunday, 06-Nov-94 08:49:37 GMT
  `${DAY}, (?<day>\\d\\d)-(?<month>[a-z]{3})-(?<year>\\d\\d) ${TIME} (GMT|UTC)`,
  // Sun Nov  6 08:49:37 1994
  `${DAY} (?<month>[a-z]{3}) (?<day>[ \\d]\\d) ${TIME} (?<year>\\d{4})`,
].map((form) => new RegExp(`^\\s*${form}\\s*$`, 'i'));

/**
 * Returns the Unix milliseconds of a date in one of the three forms of HTTP (RFC 9110, section
 * 5.6.7). `Date.parse` is no substitute, as it reads a date into almost any text with a number.
 *
 * @param now Unix milliseconds, for the century of a year of two digits
 */
export function parseHttpDate(text: string | null, now: number = Date.now()): number | undefined {
  if (text === null) return undefined;
  if (text === lastText) return lastTime;
  for (const form of FORMS) {
    const fields = form.exec(text)?.groups;
    if (!fields) continue;
    const time = unixTime(fields, now);
    if ((fields.year as string).length > 2) {
      lastText = text;
      lastTime = time;
    }
    return time;
  }
  return undefined;
}

/** The date that was read last, whose year has four digits: many responses come in one second. */
let lastText: string | undefined;
let lastTime: number | undefined;

function unixTime(fields: { [name: string]: string }, now: number): number | undefined {
  const month = MONTHS.indexOf((fields.month as string).toLowerCase());
  const [day, hour, minute, second] = ['day', 'hour', 'minute', 'second'].map((name) =>
    Number(fields[name]),
  );
  const valid = month >= 0 && inside(day, 1, 31) && inside(hour, 0, 23) && inside(minute, 0, 59);
  if (!valid || !inside(second, 0, 60)) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(fullYear(fields.year as string, now), month, day);
  // A day that the month does not have, such as the 31st of June.
  if (date.getUTCMonth() !== month) return undefined;
  return date.setUTCHours(hour as number, minute, second);
}

/** Returns the full year; two digits more than 50 years ahead are of the last century. */
function fullYear(digits: string, now: number): number {
  if (digits.length > 2) return Number(digits);
  const thisYear = new Date(now).getUTCFullYear();
  const year = thisYear - (thisYear % 100) + Number(digits);
  return year > thisYear + 50 ? year - 100 : year;
}

function inside(value: number | undefined, least: number, most: number): boolean {
  return value !== undefined && value >= least && value <= most;
}
