// The samples of the README and of the pages for users run, on fake time and without servers. The
// packaging suite compiles each of them against the types.

import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { pageSamples, type Sample, Surroundings } from '../support/page-samples.ts';
import { fakeTime } from '../support/samples.ts';

/** Samples that need what is not here, by a part of their text, and the test that runs the like. */
const ELSEWHERE: readonly (readonly [page: string, part: string, test: string])[] = [
  ['docs/exchanges/clients.md', 'new MainClient(', 'tests/clients/sdks.test.mjs'],
  ['docs/exchanges/clients.md', 'nodeBinanceApiCalls', 'tests/clients/sdks.test.mjs'],
  ['docs/exchanges/clients.md', 'withdraw', 'tests/ts/client/gate.test.ts'],
  ['docs/exchanges/clients.md', 'axios.create(', 'tests/clients/axios.test.mjs'],
  ['docs/exchanges/clients.md', 'got.extend(', 'tests/clients/http-clients.test.mjs'],
  ['docs/exchanges/clients.md', 'ky.create(', 'tests/clients/http-clients.test.mjs'],
  ['docs/guides/background-tabs.md', 'new Worker(', 'tests/packaging/hidden.test.mjs'],
  ['docs/guides/fake-timers.md', 'vi.useFakeTimers', 'tests/packaging/fake-timers.test.mjs'],
  ['docs/guides/fake-timers.md', 'not yet', 'tests/ts/guides/fake-timers.test.ts'],
  ['docs/guides/json-rpc.md', 'call(method', 'tests/exchange/examples/json-rpc.test.mjs'],
  ['docs/guides/several-machines.md', 'ioredis', 'tests/shared/samples.test.mjs'],
  ['docs/guides/several-tabs.md', "priority: 'critical'", 'tests/packaging/tabs.test.mjs'],
  ['docs/guides/several-tabs.md', 'tabs/hub', 'tests/packaging/tabs.test.mjs'],
  ['docs/guides/several-tabs.md', 'new SharedWorker(', 'tests/packaging/tabs.test.mjs'],
  ['docs/guides/several-tabs.md', 'serve(port1)', 'tests/packaging/tabs.test.mjs'],
  ['docs/guides/several-tabs.md', 'onmessage', 'tests/packaging/tabs.test.mjs'],
];

/** Calls behind a sample: of what it defines, and of what it claims. */
const THEN: readonly (readonly [page: string, part: string, code: string])[] = [
  ['README.md', "from 'ccxt'", "equal(requests.at(-1).split('?')[0], DEPTH);"],
  ['README.md', 'throttledFetch(', "equal(requests.at(-1).split('?')[0], DEPTH);"],
  ['README.md', 'getDepth', "equal(await getDepth('BTCUSDT'), { symbol: 'BTCUSDT' });"],
  [
    'docs/exchanges/README.md',
    'announced',
    "equal(live.rules.map(({ limit }) => limit).includes(6000), true); equal(pro.name, 'kraken');",
  ],
];

fakeTime();

const matches =
  ({ page, code }: Sample) =>
  ([of, part]: readonly [page: string, part: string, text: string]) =>
    page === of && code.includes(part);

const samples = pageSamples();
const here = samples.filter((sample) => !ELSEWHERE.some(matches(sample)));

describe.each([...new Set(here.map(({ page }) => page))])('%s', (page) => {
  const surroundings = new Surroundings();
  const { requests } = surroundings;
  const home = process.cwd();
  const folder = mkdtempSync(join(tmpdir(), 'samples-'));
  beforeAll(() => {
    // Samples write into the folder in which they run.
    process.chdir(folder);
    vi.stubGlobal('fetch', surroundings.fetch);
  });
  afterAll(() => {
    process.chdir(home);
    vi.unstubAllGlobals();
    surroundings.close();
    rmSync(folder, { recursive: true });
  });

  test.each(here.filter((sample) => sample.page === page))('$place', async (sample) => {
    const then = THEN.filter(matches(sample)).map(([, , code]) => code);
    const equal = (is: unknown, claimed: unknown) => expect(is).toEqual(claimed);
    await surroundings.run(sample, then.join('\n'), {
      equal,
      requests,
      DEPTH: 'GET https://api.binance.com/api/v3/depth',
    });
  });
});

test('each exception is a sample, and what is named for it is a test', () => {
  for (const [page, part, path] of ELSEWHERE) {
    expect(
      samples.filter((sample) => matches(sample)([page, part, path])),
      part,
    ).toHaveLength(1);
    expect(existsSync(new URL(`../../../${path}`, import.meta.url)), path).toBe(true);
  }
  for (const entry of THEN) expect(here.filter((sample) => matches(sample)(entry))).toHaveLength(1);
});
