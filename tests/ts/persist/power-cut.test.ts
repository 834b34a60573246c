// The machine itself fails: what was not written through to the disk may be lost.

import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { fileStore, type Persistence, persist } from 'multi-throttler/persist';
import { describe, expect, test } from 'vitest';
import { VirtualClock } from '../support/clock.ts';
import { generator, tokens } from '../support/helpers.ts';
import { Disk } from './disk.ts';

const LIMIT = 10_000;
const PATH = '/var/lib/bot/limits.json';

async function start(disk: Disk) {
  const clock = new VirtualClock();
  const throttler = new MultiThrottler(
    [rollingWindow({ id: 'a', limit: LIMIT, interval: 3_600_000 })],
    { clock },
  );
  const store = disk.use(() => fileStore(PATH));
  const errors: unknown[] = [];
  const exits = process.listeners('exit');
  const kept = await persist(throttler, store, { clock, onError: (error) => errors.push(error) });
  const exit = process.listeners('exit').find((listener) => !exits.includes(listener));
  return { throttler, errors, kept, exit: exit as () => void };
}

/** Ends a program without a last save, so that the test can go on. */
function forget({ exit }: { exit: () => void }): void {
  process.off('exit', exit);
}

/** Resolves when nothing is being written through. */
async function synced(): Promise<void> {
  for (let turns = 0; turns < 4; turns++) await new Promise((resolve) => setImmediate(resolve));
}

describe('a file', () => {
  test('is written through before its name, and its name before notes are emptied', async () => {
    const disk = new Disk();
    const { throttler, kept } = await start(disk);
    expect(disk.calls.splice(0)).toEqual([
      ...['make var', 'make lib', 'make bot', 'sync lib', 'sync var', 'sync /'],
      ...['make limits.json.ahead-0', 'make limits.json.ahead-1'],
      ...['make limits.json.next', 'write limits.json.next', 'sync limits.json.next'],
      ...['rename limits.json.next to limits.json', 'sync bot'],
    ]);
    await throttler.throttle({ a: 1 });
    expect(disk.calls.splice(0)).toEqual(['write limits.json.ahead-1', 'sync limits.json.ahead-1']);
    await kept.save();
    expect(disk.calls.splice(0)).toEqual([
      'empty limits.json.ahead-0',
      ...['make limits.json.next', 'write limits.json.next', 'sync limits.json.next'],
      ...['rename limits.json.next to limits.json', 'sync bot'],
    ]);
    await kept.stop();
    expect(disk.open).toBe(0);
  });

  test('is written through with its name at the event exit', async () => {
    const disk = new Disk();
    const program = await start(disk);
    disk.calls.length = 0;
    program.exit();
    expect(disk.calls).toEqual([
      'empty limits.json.ahead-0',
      ...['make limits.json.last', 'write limits.json.last', 'sync limits.json.last'],
      ...['rename limits.json.last to limits.json', 'sync bot'],
    ]);
    forget(program);
  });
});

describe('notes', () => {
  test('share a call while one is under way', async () => {
    const disk = new Disk();
    const program = await start(disk);
    disk.calls.length = 0;
    for (let amount = 1; amount < 1000; amount *= 2)
      await program.throttler.throttle({ a: amount });
    await synced();
    const calls = disk.calls.filter((call) => call === 'sync limits.json.ahead-1');
    expect([disk.calls.length - calls.length, calls.length]).toEqual([10, 2]);
    forget(program);
  });

  test('are made again when they could not be written through', async () => {
    const disk = new Disk();
    const program = await start(disk);
    const failure = new Error('EIO');
    disk.failure = failure;
    await program.throttler.throttle({ a: 4 });
    await synced();
    expect(program.errors).toEqual([]);
    // The note of 5 allows for one more, the next one not.
    await program.throttler.throttle({ a: 1 });
    await program.throttler.throttle({ a: 1 });
    expect(program.errors).toEqual([failure]);
    await program.throttler.throttle({ a: 1 });
    await synced();
    const lines = disk.files[`${PATH}.ahead-1`]?.split('\n').filter((line) => line !== '');
    expect(lines).toEqual([5, 7.5, 8.75].map((allowed) => `[1,"grant",[["a",${allowed}]]]`));
    forget(program);
  });

  test('keep their file open until they are written through', async () => {
    const disk = new Disk();
    const { throttler, kept } = await start(disk);
    await throttler.throttle({ a: 1 });
    const stopping = kept.stop();
    await throttler.throttle({ a: 100 });
    await stopping;
    expect(disk.open).toBe(0);
  });
});

describe('after a power cut at any call', () => {
  interface Cut {
    disk: Disk;
    call: string;
    /** What was granted and written through by then. */
    least: number;
  }

  /** Runs a program on a disk, and returns what power cuts may leave of it. */
  async function cutsOf(
    random: (below: number) => number,
    work: (program: { throttler: MultiThrottler; kept: Persistence }, safe: () => void) => unknown,
  ): Promise<Cut[]> {
    const disk = new Disk();
    const cuts: Cut[] = [];
    let least = 0;
    let granted = 0;
    disk.onStep = () => {
      for (let image = 0; image < 3; image++)
        cuts.push({ disk: disk.afterPowerCut(random), call: disk.calls.at(-1) ?? '', least });
    };
    const program = await start(disk);
    program.throttler.on('grant', ({ cost }) => {
      granted += cost.a ?? 0;
    });
    await work(program, () => {
      least = granted;
    });
    disk.onStep = () => {};
    program.exit();
    forget(program);
    return cuts;
  }

  async function check(cuts: Cut[]): Promise<void> {
    expect(cuts.length).toBeGreaterThan(50);
    for (const { disk, call, least } of cuts) {
      const next = await start(disk);
      expect([call, next.errors]).toEqual([call, []]);
      expect(LIMIT - (tokens(next.throttler).a ?? 0), call).toBeGreaterThanOrEqual(least);
      forget(next);
    }
  }

  test('the restarted throttler counts all grants that were written through', async () => {
    const random = generator(7);
    const cuts = await cutsOf(random, async ({ throttler, kept }, safe) => {
      for (let round = 0; round < 6; round++) {
        for (let n = random(12); n >= 0; n--) {
          await throttler.throttle({ a: 1 + random(20) });
          if (random(3) > 0) continue;
          await synced();
          safe();
        }
        const saving = kept.save();
        if (random(2) === 0) await throttler.throttle({ a: 1 + random(50) });
        await saving;
        await synced();
        safe();
      }
    });
    await check(cuts);
  });

  test('the last save of a program that has ended stays', async () => {
    const disk = new Disk();
    const program = await start(disk);
    await program.throttler.throttle({ a: 1000 });
    program.exit();
    forget(program);
    for (let image = 0; image < 20; image++) {
      const next = await start(disk.afterPowerCut(generator(image + 1)));
      expect(tokens(next.throttler)).toEqual({ a: LIMIT - 1000 });
      forget(next);
    }
  });
});
