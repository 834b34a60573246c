// Numbers that cross between TypeScript and Rust, which each side has under the same name.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import * as protocol from '../../../ts/core/protocol.ts';

test('both sides have the same constants', () => {
  const source = readFileSync(new URL('../../../src/wasm/protocol.rs', import.meta.url), 'utf8');
  const constants = source.matchAll(/^pub\(super\) const (\w+): \w+ = (-?\d+)(?:\.0)?;$/gm);
  const inRust = Object.fromEntries([...constants].map(([, name, value]) => [name, Number(value)]));
  const { CODES, EVENTS, PRIORITIES, ...numbers } = protocol;
  expect(inRust).toEqual(numbers);
  expect(Object.keys(inRust).length).toBeGreaterThan(3);
});

test('both sides have the same kinds of values on a tape', () => {
  const kinds = ['js', 'rs'].map((extension) => {
    const url = new URL(`../../../src/wasm/tape.${extension}`, import.meta.url);
    const constants = readFileSync(url, 'utf8').matchAll(/^const (\w+)(?:: u32)? = (\d+);$/gm);
    return Object.fromEntries([...constants].map(([, name, value]) => [name, Number(value)]));
  });
  expect(kinds[0]).toEqual(kinds[1]);
  expect(Object.keys(kinds[0] ?? {}).length).toBeGreaterThan(10);
});

test('both sides have the same lists in the same order', () => {
  const engine = (file: string) =>
    readFileSync(new URL(`../../../src/engine/${file}`, import.meta.url), 'utf8');
  const list = (source: string, from: RegExp, item: RegExp) =>
    [...(source.split(from)[1]?.split(/^ *\}?\]?;?$/m)[0] ?? '').matchAll(item)].map(
      ([, name]) => name?.toLowerCase() ?? '',
    );
  const codes = list(engine('error.rs'), /const CODES: .*\[$/m, /"(\w+)"/g);
  expect(codes).toEqual(protocol.CODES.map((code) => code.toLowerCase()));
  expect(list(engine('event.rs'), /enum EventKind \{$/m, /^ {4}(\w+),$/gm)).toEqual(
    protocol.EVENTS,
  );
  const priorities = list(engine('request/priority.rs'), /enum Priority \{$/m, /^ {4}(\w+),$/gm);
  expect(priorities).toEqual(protocol.PRIORITIES);
});
