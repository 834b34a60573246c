// Prints how long saves of a fresh process block its loop: the longest turn of `persist` with its
// first save, of the save after it, and the median of ten more.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { median } from '../lib/statistics.mjs';
import { longestTurn } from '../lib/turns.mjs';

const folder = process.env.BENCH_PACKAGE ?? '';
const load = (/** @type {string} */ name) => import(pathToFileURL(join(folder, name)).href);
const { MultiThrottler, rollingWindow } = await load('index.mjs');
const { fileStore, persist } = await load('persist.mjs');

const RULES = 1000;
const ENTRIES = 10;

const ids = Array.from({ length: RULES }, (_, n) => `rule-${n}`);
const throttler = new MultiThrottler(
  ids.map((id) => rollingWindow({ id, limit: 1000, interval: 60_000 })),
);
for (let entry = 0; entry < ENTRIES; entry++) {
  for (const id of ids) await throttler.throttle({ [id]: 1 });
  await sleep(2);
}

const temp = mkdtempSync(join(tmpdir(), 'multi-throttler-bench-persist-'));
try {
  /** @type {{ save(): Promise<void>, stop(): Promise<void> } | undefined} */
  let kept;
  const first = await longestTurn(async () => {
    kept = await persist(throttler, fileStore(join(temp, 'limits.json')), { every: 1e9 });
  });
  const second = await longestTurn(async () => kept?.save());
  const more = [];
  for (let n = 0; n < 10; n++) more.push(await longestTurn(async () => kept?.save()));
  const later = {
    longest: median(more.map(({ longest }) => longest)),
    own: median(more.map(({ own }) => own)),
  };
  await kept?.stop();
  process.stdout.write(JSON.stringify([first, second, later]));
} finally {
  rmSync(temp, { recursive: true });
}
