// Headers as Node publishes them, beside the `Headers` with the same contents.

import { MultiThrottler } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { NodeHeaders, RawHeaders } from '../../../ts/client/transport/header-views.ts';
import { isHeaderView, marked, readsViews } from '../../../ts/shared/header-view.ts';

const PAIRS: [string, string][] = [
  ['Date', 'Mon, 30 Nov 2026 16:10:47 GMT'],
  ['X-MBX-USED-WEIGHT-1M', '12'],
  ['x-mbx-order-count-10s', '3'],
  ['Retry-After', '5'],
  ['retry-after', '7'],
  ['Set-Cookie', 'a=1'],
  ['Age', '0'],
];
const expected = new Headers(PAIRS);

/** As `IncomingMessage.headers` has them, which drops a second `Retry-After`. */
const node = new NodeHeaders({
  date: 'Mon, 30 Nov 2026 16:10:47 GMT',
  'x-mbx-used-weight-1m': '12',
  'x-mbx-order-count-10s': '3',
  'retry-after': '5, 7',
  'set-cookie': ['a=1'],
  age: '0',
});
const raw = new RawHeaders(
  PAIRS.flatMap(([name, value]) => [Buffer.from(name), Buffer.from(value)]),
);
const texts = new RawHeaders(PAIRS.flat());

describe.each([
  ['http', node],
  ['undici, bytes', raw],
  ['undici, texts', texts],
])('headers of %s', (_name, view) => {
  test('have the values of Headers by name', () => {
    for (const name of [...expected.keys(), 'none', 'constructor', '__proto__']) {
      expect([name, view.get(name), view.has(name)]).toEqual([
        name,
        expected.get(name),
        expected.has(name),
      ]);
    }
  });

  test('are read in turn, all or those of a prefix', () => {
    expect(new Headers([...view])).toEqual(expected);
    const names: string[] = [];
    view.forEach((value, name) => {
      expect(value).toBe(expected.get(name));
      names.push(name);
    }, 'x-mbx-');
    expect(names.sort()).toEqual(['x-mbx-order-count-10s', 'x-mbx-used-weight-1m']);
  });

  test('are known as views, and Headers are not', () => {
    expect(isHeaderView(view)).toBe(true);
    for (const other of [expected, {}, null, undefined, 'text'])
      expect(isHeaderView(other)).toBe(false);
  });
});

test('only a reader that was marked gets views', () => {
  const reader = () => [];
  expect(readsViews(reader)).toBe(false);
  expect(readsViews(marked(reader))).toBe(true);
});

test('a reader of the program gets a Headers, and one that was marked the view', () => {
  const read: unknown[] = [];
  const reader = (headers: unknown) => {
    read.push(headers);
    return [];
  };
  const throttler = new MultiThrottler([]);
  throttler.report({ status: 200, headers: node, reader });
  throttler.report({ status: 200, headers: node, reader: marked((headers) => reader(headers)) });
  expect(read[0]).toEqual(expected);
  expect(read[0]).toBeInstanceOf(Headers);
  expect(read[1]).toBe(node);
});
