// A client of another version than the tested one.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MultiThrottler } from 'multi-throttler';
import { bybitApiCalls, okxApiCalls, throttleClient } from 'multi-throttler/client';
import { bybit, okx } from 'multi-throttler/exchange';
import { afterEach, expect, test, vi } from 'vitest';

const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);

afterEach(() => {
  warn.mockClear();
  vi.unstubAllGlobals();
});

function attach(version?: string) {
  const client = { _call: async () => undefined };
  const throttler = new MultiThrottler(bybit.rules);
  throttleClient(client, throttler, { profile: bybit, calls: bybitApiCalls, version }).detach();
}

test('is warned of once', () => {
  attach('5.0.1');
  attach('5.0.1');
  expect(warn).toHaveBeenCalledTimes(1);
  expect(warn.mock.calls[0]?.[0]).toMatch(/bybit-api 5\.0\.1 was not tested .* 4\.7\.7 was/s);
  attach('4.8.0');
  expect(warn).toHaveBeenCalledTimes(2);
});

test('is not warned of if only the patch differs', () => {
  attach('4.7.7');
  attach('4.7.99');
  expect(warn).not.toHaveBeenCalled();
});

test('is not warned of where no version is found', () => {
  attach();
  expect(warn).not.toHaveBeenCalled();
});

test('is found in node_modules, above the program', () => {
  const folder = mkdtempSync(join(tmpdir(), 'client-version-'));
  const installed = join(folder, 'node_modules', 'okx-api');
  mkdirSync(installed, { recursive: true });
  mkdirSync(join(folder, 'src'));
  writeFileSync(join(installed, 'package.json'), '{"name":"okx-api","version":"9.9.9"}');
  const argv = [process.execPath, join(folder, 'src', 'bot.js')];
  vi.stubGlobal('process', Object.create(process, { argv: { value: argv } }));
  try {
    const throttler = new MultiThrottler(okx.rules);
    const client = { _call: async () => undefined };
    throttleClient(client, throttler, { profile: okx, calls: okxApiCalls }).detach();
    expect(warn.mock.calls[0]?.[0]).toMatch(/okx-api 9\.9\.9/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('is not looked for where the program has neither a file nor a folder', () => {
  const cwd = () => {
    throw new Error('ENOENT: no such file or directory, uv_cwd');
  };
  // `node -` reads the program from the standard input.
  const argv = [process.execPath, '-'];
  vi.stubGlobal('process', Object.create(process, { argv: { value: argv }, cwd: { value: cwd } }));
  attach();
  expect(warn).not.toHaveBeenCalled();
});

test('a client that is none of the package is rejected', () => {
  const throttler = new MultiThrottler(bybit.rules);
  const options = { profile: bybit, calls: bybitApiCalls };
  expect(() => throttleClient({}, throttler, options)).toThrow(
    /client must be one with a method _call: an object of bybit-api/,
  );
  expect(() => throttleClient({ _call: () => 1 }, throttler, { calls: bybitApiCalls })).toThrow(
    /profile must be an ExchangeProfile/,
  );
});
