// Real files in a folder of their own.

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import * as persistence from 'multi-throttler/persist';
import { fileStore, persist, type Store } from 'multi-throttler/persist';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { bucket, refusal, setUp, tokens } from '../support/helpers.ts';

/** Internal, so the types do not have it. */
const { takenFileStore } = persistence as unknown as { takenFileStore(path: string): Store };

let folder = '';
let path = '';
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'multi-throttler-persist-'));
  path = join(folder, 'deep', 'limits.json');
  mkdirSync(join(folder, 'deep'));
});

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
  vi.unstubAllGlobals();
});

/** Returns the file that a descriptor is open on; nothing for one that was closed meanwhile. */
function targetOf(descriptor: string): string[] {
  try {
    return [readlinkSync(`/proc/self/fd/${descriptor}`)];
  } catch {
    return [];
  }
}

/** Returns the start of a process as locks have it. */
function startOf(pid: number | undefined): string {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').slice(0, 8);
  return `${stat?.[19]}_${boot}`;
}

const files = () => readdirSync(join(folder, 'deep')).sort();

async function kept() {
  const { clock, throttler } = setUp([bucket('a', 10)]);
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  const persistence = await persist(throttler, fileStore(path), { clock, onError });
  return { throttler, persistence, errors };
}

describe('a file', () => {
  test('is made with its folder, and holds the state over a restart', async () => {
    rmSync(join(folder, 'deep'), { recursive: true });
    const first = await kept();
    await first.throttler.throttle({ a: 4 });
    await first.persistence.stop();
    expect(files()).toEqual(['limits.json', 'limits.json.ahead-0', 'limits.json.ahead-1']);
    const second = await kept();
    expect(tokens(second.throttler)).toEqual({ a: 6 });
    await second.persistence.stop();
  });

  test('that is half written beside the state is ignored', async () => {
    const first = await kept();
    await first.throttler.throttle({ a: 4 });
    await first.persistence.stop();
    for (const name of ['next', 'last']) writeFileSync(`${path}.${name}`, '{"format": "mul');
    const second = await kept();
    expect([tokens(second.throttler), second.errors]).toEqual([{ a: 6 }, []]);
    await second.persistence.stop();
  });

  test('that is damaged is renamed and kept', async () => {
    writeFileSync(path, '{"format": "mul');
    const { errors, persistence } = await kept();
    const [aside = ''] = files().filter((name) => name.includes('damaged'));
    expect(aside).toMatch(/^limits\.json\.damaged-\d{4}-\d\d-\d\dT\d\d-\d\d-\d\d-\d{3}Z$/);
    expect(readFileSync(join(folder, 'deep', aside), 'utf8')).toBe('{"format": "mul');
    expect(errors).toMatchObject([{ code: 'STORE_DAMAGED', movedTo: join(folder, 'deep', aside) }]);
    expect(JSON.parse(readFileSync(path, 'utf8')).parts[0].rules.a.used).toEqual([0]);
    await persistence.stop();
  });

  test('is written at the event exit, and its lock is removed', async () => {
    const { throttler } = await kept();
    const before = process.listeners('exit');
    await throttler.throttle({ a: 4 });
    // That of the store was added last.
    before.at(-1)?.(0);
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
      isLast: true,
      parts: [{ rules: { a: { used: [4] } } }],
    });
    expect(files().filter((name) => name.includes('lock'))).toEqual([]);
    process.off('exit', before.at(-1) as () => void);
  });

  test('leaves no listener behind', async () => {
    const before = process.listenerCount('exit');
    const { persistence } = await kept();
    await persistence.stop();
    expect(process.listenerCount('exit')).toBe(before);
  });

  test('behind symbolic links stays behind them, and has one writer by any name', async () => {
    const real = join(folder, 'deep', 'real');
    mkdirSync(real);
    symlinkSync(real, join(folder, 'alias'));
    symlinkSync('alias/limits.json', join(folder, 'link'));
    symlinkSync(join(folder, 'link'), path);
    const first = await kept();
    await first.throttler.throttle({ a: 4 });
    for (const name of [join(real, 'limits.json'), join(folder, 'alias', 'limits.json'), path]) {
      const error = await refusal(fileStore(name).open());
      expect(error.code).toBe('STORE_IN_USE');
    }
    await first.persistence.stop();
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    const names = ['limits.json', 'limits.json.ahead-0', 'limits.json.ahead-1'];
    expect(readdirSync(real).sort()).toEqual(names);
    const second = await kept();
    expect(tokens(second.throttler)).toEqual({ a: 6 });
    await second.persistence.stop();
  });

  test('needs a runtime with files', () => {
    vi.stubGlobal('process', undefined);
    expect(() => fileStore(path)).toThrow(/Node 20\.16 or later, Bun or Deno/);
  });
});

describe('a second writer', () => {
  const lockOf = (owner: { pid: number; started: string; host: string }) => {
    const file = `${path}.lock-${owner.pid}-${owner.started}`;
    writeFileSync(file, JSON.stringify(owner));
    return file;
  };

  async function rejected(pid: number) {
    writeFileSync(path, 'untouched');
    const error = await refusal(kept());
    expect(error).toMatchObject({ code: 'STORE_IN_USE', pid });
    expect(error.message).toContain(`${pid}`);
    expect(readFileSync(path, 'utf8')).toBe('untouched');
    return error;
  }

  test('of the same process is told, and nothing changes', async () => {
    const { persistence } = await kept();
    await rejected(process.pid);
    rmSync(path);
    await persistence.stop();
    await (await kept()).persistence.stop();
  });

  test('of another process is told its pid, until that process ends', async () => {
    const script = `
      import { MultiThrottler, ThrottleRule } from 'multi-throttler';
      import { fileStore, persist } from 'multi-throttler/persist';
      await persist(new MultiThrottler([new ThrottleRule('a', 10, 0)]), fileStore(${JSON.stringify(path)}));
      console.log('ready');
      process.stdin.resume();`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    children.push(child);
    await once(child.stdout, 'data');
    const error = await rejected(child.pid as number);
    expect(error.message).toBe(
      `${path} is in use by process ${child.pid}. Nothing was read or written.`,
    );
    expect(files().filter((name) => name.includes('lock'))).toHaveLength(1);
    const exited = once(child, 'exit');
    child.kill('SIGKILL');
    await exited;
    rmSync(path);
    const { persistence } = await kept();
    const locks = files().filter((name) => name.includes('lock'));
    expect(locks).toEqual([expect.stringContaining(`lock-${process.pid}-`)]);
    await persistence.stop();
  });

  test('takes over the locks of dead processes and of a pid that was used again', async () => {
    const host = hostname();
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    lockOf({ pid: child.pid as number, started: '1', host });
    lockOf({ pid: process.pid, started: '1', host });
    if (process.platform === 'linux') lockOf({ pid: process.ppid, started: '1', host });
    writeFileSync(`${path}.lock-${child.pid}-2`, '{"pi');
    const { persistence } = await kept();
    expect(files().filter((name) => name.includes('lock'))).toHaveLength(1);
    await persistence.stop();
  });

  test('that tries at the same instant gives up for a while only', async () => {
    const rival = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(rival);
    await once(rival, 'spawn');
    const file = lockOf({
      pid: rival.pid as number,
      started: startOf(rival.pid),
      host: hostname(),
    });
    const { promises } = process.getBuiltinModule('node:fs');
    // The rival has seen the lock of this process, and gives up.
    const stat = vi.spyOn(promises, 'stat').mockImplementation((async () => {
      rmSync(file, { force: true });
    }) as unknown as typeof promises.stat);
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const { persistence } = await kept();
    expect(stat).toHaveBeenCalledTimes(50);
    vi.restoreAllMocks();
    await persistence.stop();
  });

  test('that tries later is told at once', async () => {
    const owner = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(owner);
    await once(owner, 'spawn');
    const file = lockOf({
      pid: owner.pid as number,
      started: startOf(owner.pid),
      host: hostname(),
    });
    const minuteAgo = Date.now() / 1000 - 60;
    utimesSync(file, minuteAgo, minuteAgo);
    const stat = vi.spyOn(process.getBuiltinModule('node:fs').promises, 'stat');
    await rejected(owner.pid as number);
    expect(stat).not.toHaveBeenCalled();
    vi.restoreAllMocks();
  });

  test('of another host is told how to go on, as its process cannot be seen', async () => {
    const file = lockOf({ pid: 7, started: '1', host: 'elsewhere' });
    const error = await rejected(7);
    expect(error.message).toContain(`of elsewhere; remove ${file} if it does not run`);
  });

  test('of another host keeps its lock also while that is being written', async () => {
    const file = `${path}.lock-4194305-1-other_host`;
    writeFileSync(file, '');
    const error = await rejected(4194305);
    expect(error.message).toContain(`of other_host; remove ${file}`);
    expect(files()).toContain(file.slice(file.lastIndexOf('/') + 1));
  });
});

describe('a file that is taken from its owner', () => {
  test('is no longer changed by the owner, whose end leaves the new lock', async () => {
    const [old, next] = [fileStore(path), takenFileStore(path)];
    await old.open();
    await old.save('old');
    old.ahead?.append(0, 'a note of the old\n');
    await next.open();
    next.ahead?.append(0, 'a note of the new\n');
    await next.save('new');
    expect((await refusal(old.save('old again'))).code).toBe('STORE_IN_USE');
    old.saveNow('old at its end');
    old.ahead?.clear(0);
    await old.close();
    expect(readFileSync(path, 'utf8')).toBe('new');
    // Notes of the owner before count, as it may have granted.
    expect(next.ahead?.read()).toBe('a note of the old\na note of the new\n\n');
    expect(
      readdirSync(join(folder, 'deep')).filter((name) => name.includes('.lock-')),
    ).toHaveLength(1);
    expect((await refusal(fileStore(path).open())).code).toBe('STORE_IN_USE');
    await next.close();
    const later = fileStore(path);
    await later.open();
    await later.close();
  });

  test('may belong to another process that lives', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
    children.push(child);
    await once(child, 'spawn');
    const lock = `${path}.lock-${child.pid}-1`;
    const started = startOf(child.pid);
    writeFileSync(lock, JSON.stringify({ pid: child.pid, started, host: hostname() }));
    expect((await refusal(fileStore(path).open())).code).toBe('STORE_IN_USE');
    const taken = takenFileStore(path);
    await taken.open();
    expect(readdirSync(join(folder, 'deep'))).not.toContain(lock.slice(path.lastIndexOf('/') + 1));
    await taken.close();
  });
});

describe('files that are removed while a program runs', () => {
  /** Continues as after a kill. Its process is this one, so its lock has to be removed. */
  async function afterKill() {
    for (const name of files()) if (name.includes('.lock-')) rmSync(join(folder, 'deep', name));
    return kept();
  }

  test('are made again with their folder by the next save, and the lock with them', async () => {
    const { throttler, persistence, errors } = await kept();
    await throttler.throttle({ a: 3 });
    rmSync(join(folder, 'deep'), { recursive: true });
    await throttler.throttle({ a: 1 });
    await persistence.save();
    expect((await refusal(fileStore(path).open())).code).toBe('STORE_IN_USE');
    expect(tokens((await afterKill()).throttler)).toEqual({ a: 6 });
    expect(errors).toEqual([]);
  });

  test('are made again with the notes that were in them', async () => {
    const { throttler, persistence } = await kept();
    const { promises } = process.getBuiltinModule('node:fs');
    await throttler.throttle({ a: 2 });
    for (const slot of [0, 1]) rmSync(`${path}.ahead-${slot}`);
    const failure = new Error('no snapshot');
    vi.spyOn(promises, 'rename').mockRejectedValueOnce(failure);
    await expect(persistence.save()).rejects.toBe(failure);
    vi.restoreAllMocks();
    // The allowance of 2.5 that was noted in the removed file.
    expect(tokens((await afterKill()).throttler)).toEqual({ a: 7.5 });
  });

  test('are left to a program that has the folder now', async () => {
    const { throttler, persistence } = await kept();
    await throttler.throttle({ a: 3 });
    rmSync(join(folder, 'deep'), { recursive: true });
    const other = await kept();
    await other.throttler.throttle({ a: 5 });
    await other.persistence.save();
    const before = readFileSync(path, 'utf8');
    expect((await refusal(persistence.save())).code).toBe('STORE_IN_USE');
    rmSync(path);
    expect((await refusal(persistence.save())).code).toBe('STORE_IN_USE');
    await other.persistence.save();
    expect(JSON.parse(readFileSync(path, 'utf8')).parts).toMatchObject([
      { rules: { a: { used: [5] } } },
    ]);
    expect(JSON.parse(before).parts).toMatchObject([{ rules: { a: { used: [5] } } }]);
    await other.persistence.stop();
  });

  test('are not made again where only the lock is gone', async () => {
    const { throttler, persistence } = await kept();
    await throttler.throttle({ a: 3 });
    for (const name of files()) if (name.includes('.lock-')) rmSync(join(folder, 'deep', name));
    const error = await refusal(persistence.save());
    expect(error.code).toBe('STORE_IN_USE');
    expect(error.message).toContain('or its lock was removed');
  });
});

describe('a folder that cannot be used', () => {
  test('is given back, so that a later try succeeds', async () => {
    mkdirSync(`${path}.ahead-1`);
    await expect(kept()).rejects.toMatchObject({ code: 'EISDIR' });
    expect(files().filter((name) => name.includes('lock'))).toEqual([]);
    rmSync(`${path}.ahead-1`, { recursive: true });
    const { persistence } = await kept();
    await persistence.stop();
  });

  test.runIf(process.platform === 'linux')('keeps no open file of the notes', async () => {
    mkdirSync(`${path}.ahead-1`);
    await expect(kept()).rejects.toMatchObject({ code: 'EISDIR' });
    const open = readdirSync('/proc/self/fd').flatMap(targetOf);
    expect(open.filter((target) => target.startsWith(path))).toEqual([]);
  });

  test('that is full keeps no lock without content', async () => {
    const full = Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    const { getBuiltinModule } = process;
    vi.spyOn(process, 'getBuiltinModule').mockImplementation(((name: string) => {
      const module = getBuiltinModule(name as 'node:fs');
      if (name !== 'node:fs') return module;
      const writeFileSync = (file: string, _text: string, options: { flag: string }) => {
        module.writeFileSync(file, '', options);
        throw full;
      };
      return { ...module, writeFileSync };
    }) as typeof process.getBuiltinModule);
    const store = fileStore(path);
    vi.restoreAllMocks();
    await expect(store.open()).rejects.toBe(full);
    expect(files()).toEqual([]);
  });
});

test('a program with a file and nothing else to do ends, and has saved', async () => {
  const script = `
    import { MultiThrottler, ThrottleRule } from 'multi-throttler';
    import { fileStore, persist } from 'multi-throttler/persist';
    const throttler = new MultiThrottler([new ThrottleRule('a', 10, 0)]);
    await persist(throttler, fileStore(${JSON.stringify(path)}), { every: 1e9 });
    await throttler.throttle({ a: 3 });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: 'inherit',
  });
  children.push(child);
  expect(await once(child, 'exit')).toEqual([0, null]);
  expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({
    isLast: true,
    parts: [{ rules: { a: { used: [3] } } }],
  });
  expect(files().filter((name) => name.includes('lock'))).toEqual([]);
});
