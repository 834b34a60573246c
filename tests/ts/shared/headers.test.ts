import { describe, expect, test } from 'vitest';
import { numberOf, readHeaders } from '../../../ts/shared/headers.ts';
import { parseHttpDate, serverTime } from '../../../ts/shared/http-date.ts';

const NOVEMBER_6 = Date.UTC(1994, 10, 6, 8, 49, 37);

describe('headers in any form', () => {
  test.each([
    ['Headers', new Headers({ 'X-MBX-USED-WEIGHT-1M': '7' })],
    ['pairs', [['X-MBX-USED-WEIGHT-1M', '7']] as [string, string][]],
    ['a map', new Map([['X-MBX-USED-WEIGHT-1M', '7']])],
    ['a record', { 'X-MBX-USED-WEIGHT-1M': '7' }],
    ['a record of lists, as in Node', { 'x-mbx-used-weight-1m': ['7'] }],
    ["ccxt's record", { 'X-Mbx-Used-Weight-1m': '7', Date: undefined }],
    ['no prototype', Object.assign(Object.create(null), { 'x-mbx-used-weight-1M': '7' })],
  ])('%s', (_, headers) => {
    expect(readHeaders(headers)?.get('x-mbx-used-weight-1m')).toBe('7');
  });

  test('Headers are returned unchanged', () => {
    const headers = new Headers();
    expect(readHeaders(headers)).toBe(headers);
  });

  test('several values are joined', () => {
    expect(readHeaders({ 'Retry-After': ['1', '2'] })?.get('retry-after')).toBe('1, 2');
    expect(
      readHeaders([
        ['a', '1'],
        ['A', '2'],
      ])?.get('a'),
    ).toBe('1, 2');
  });

  test('nothing is read from a prototype', () => {
    const headers = readHeaders(Object.create({ 'retry-after': '5' }));
    expect(headers?.get('retry-after')).toBeNull();
    expect(readHeaders(JSON.parse('{"__proto__":"1","constructor":"2"}'))?.get('__proto__')).toBe(
      '1',
    );
    expect(readHeaders({})?.get('constructor')).toBeNull();
  });

  test('invalid names and values are left out', () => {
    const headers = { ':status': 200, 'bad name': 'x', 'bad-value': 'a\nb', ok: '1', odd: {} };
    expect([...(readHeaders(headers) ?? [])]).toEqual([['ok', '1']]);
  });

  test('errors of getters are thrown', () => {
    const error = new Error('mine');
    const headers = {
      get date(): string {
        throw error;
      },
    };
    expect(() => readHeaders(headers)).toThrow(error);
  });

  test.each([
    ['a text', 'retry-after: 5'],
    ['a number', 5],
    ['null', null],
    ['undefined', undefined],
    ['a list of texts', ['retry-after']],
    ['a list of triples', [['a', 'b', 'c']]],
  ])('%s has none', (_, headers) => {
    expect(readHeaders(headers)).toBeUndefined();
  });
});

describe('numbers', () => {
  test.each([
    ['12', 12],
    [' 0 ', 0],
    ['0.5', 0.5],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['', undefined],
    ['-1', undefined],
    ['1e3', undefined],
    ['0x10', undefined],
    ['Infinity', undefined],
    ['NaN', undefined],
    ['12 s', undefined],
    ['1, 2', undefined],
    ['9'.repeat(400), undefined],
  ])('%j', (text, number) => {
    expect(numberOf(new Headers({ 'x-limit': text }), 'X-Limit')).toBe(number);
  });
});

describe("HTTP's dates", () => {
  test.each([
    'Sun, 06 Nov 1994 08:49:37 GMT',
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun Nov  6 08:49:37 1994',
    ' sun, 6 nov 1994 08:49:37 gmt ',
  ])('%s', (text) => {
    expect(parseHttpDate(text)).toBe(NOVEMBER_6);
    expect(serverTime(new Headers({ date: text }))).toBe(NOVEMBER_6);
  });

  test('a year of two digits is never more than 50 years ahead', () => {
    const now = Date.UTC(2026, 0, 1);
    expect(parseHttpDate('Monday, 01-Jun-76 00:00:00 GMT', now)).toBe(Date.UTC(2076, 5, 1));
    expect(parseHttpDate('Monday, 01-Jun-77 00:00:00 GMT', now)).toBe(Date.UTC(1977, 5, 1));
  });

  test('a leap second, a leap day, a year far away', () => {
    expect(parseHttpDate('Sat, 31 Dec 2016 23:59:60 GMT')).toBe(Date.UTC(2017, 0, 1));
    expect(parseHttpDate('Thu, 29 Feb 2024 00:00:00 GMT')).toBe(Date.UTC(2024, 1, 29));
    expect(parseHttpDate('Fri, 31 Dec 9999 23:59:59 GMT')).toBe(Date.UTC(9999, 11, 31, 23, 59, 59));
    expect(new Date(parseHttpDate('Sat, 01 Jan 0050 00:00:00 GMT') ?? 0).getUTCFullYear()).toBe(50);
  });

  test.each([
    '',
    'now',
    '5',
    'soon 5',
    '1994-11-06T08:49:37Z',
    'Sun, 06 Nov 1994 08:49:37 CET',
    'Sun, 06 Nov 1994 08:49:37 +0100',
    'Sun, 06 Foo 1994 08:49:37 GMT',
    'Sun, 00 Nov 1994 08:49:37 GMT',
    'Thu, 31 Apr 2026 00:00:00 GMT',
    'Sun, 29 Feb 2026 00:00:00 GMT',
    'Sun, 06 Nov 1994 24:00:00 GMT',
    'Sun, 06 Nov 1994 08:60:37 GMT',
    'Sun, 06 Nov 1994 08:49:61 GMT',
    'Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT',
  ])('%j is none', (text) => {
    expect(parseHttpDate(text)).toBeUndefined();
  });
});
