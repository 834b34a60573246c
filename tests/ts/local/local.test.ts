import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { rollingWindow } from 'multi-throttler';
import { type LocalOptions, localThrottler } from 'multi-throttler/local';
import { fileStore } from 'multi-throttler/persist';
import { afterEach, describe, expect, test } from 'vitest';
import { definitionOf } from '../../../ts/hub/config.ts';
import { Member } from '../../../ts/hub/member/member.ts';
import { startHub } from '../../../ts/hub/start.ts';
import { BACKGROUND } from '../../../ts/hub/timers.ts';
import { addressOf } from '../../../ts/local/folder.ts';
import { modules } from '../../../ts/local/modules.ts';
import { LocalPlace } from '../../../ts/local/place.ts';
import { refusal, thrown } from '../support/helpers.ts';

const rules = [rollingWindow({ id: 'a', limit: 10, interval: 600_000 })];
const ending: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end();
});

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'multi-throttler-local-'));
  ending.push(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function local(folder: string, options: Partial<LocalOptions> = {}) {
  const throttler = localThrottler({ key: 'k', folder, rules, ...options });
  ending.push(() => throttler.close());
  return throttler;
}

describe('localThrottler', () => {
  test('shares limits, and hands the hub and its state on', async () => {
    const folder = newFolder();
    const one = local(folder);
    await one.throttle({ a: 3 });
    const two = local(folder);
    await two.throttle({ a: 2 });
    expect(two.getStats().shared.epoch).toBe(one.getStats().shared.epoch);
    const before = one.getStats().shared.epoch;
    await one.close();
    // Nothing is lost, and nothing more is counted.
    await two.throttle({ a: 5 });
    expect(two.getStats().shared.epoch).not.toBe(before);
    expect((await refusal(two.throttle({ a: 1 }, { maxWait: 0 }))).code).toBe('WAIT_TIMEOUT');
  });

  test('other keys have other limits', async () => {
    const folder = newFolder();
    await Promise.all(['x', 'y', 'x/y'].map((key) => local(folder, { key }).throttle({ a: 10 })));
    expect(readdirSync(folder).filter((name) => name.endsWith('.json'))).toHaveLength(3);
  });

  test('names what is wrong with its options', () => {
    const folder = newFolder();
    const error = (options: object) =>
      thrown(() => localThrottler({ key: 'k', folder, rules, ...options }));
    expect(error({ key: '' })).toMatchObject({ code: 'INVALID_CONFIG', field: 'key' });
    expect(error({ delivery: 0 })).toMatchObject({ field: 'delivery' });
    expect(error({ version: 1.5 })).toMatchObject({ field: 'version' });
    expect(error({ folder: '' })).toMatchObject({ field: 'folder' });
    expect(error({ limit: 1 }).message).toContain('unknown field "limit" for options');
    expect(error({ share: 2 })).toMatchObject({ code: 'INVALID_CONFIG', field: 'share' });
    expect(error({ rules: [{ ...rules[0], limit: -1 }] })).toMatchObject({ code: 'INVALID_RULE' });
    expect(error({ rules: 5 })).toMatchObject({ field: 'rules' });
  });

  test('refuses a folder that is open to others', () => {
    const folder = newFolder();
    chmodSync(folder, 0o755);
    const error = thrown(() => localThrottler({ key: 'k', folder, rules }));
    expect(error).toMatchObject({ code: 'FOLDER_OPEN', folder });
  });

  test('refuses a secret that was cut off, as everyone could know it', async () => {
    for (const damaged of ['', '\0'.repeat(64), 'ab12']) {
      const folder = newFolder();
      chmodSync(folder, 0o700);
      const file = join(folder, 'secret');
      writeFileSync(file, damaged);
      const error = thrown(() => local(folder));
      expect(error).toMatchObject({ code: 'SECRET_DAMAGED', file });
      rmSync(file);
      await local(folder).throttle({ a: 1 });
    }
  });

  test('refuses a program on its socket that does not know the secret', async () => {
    const folder = newFolder();
    const server = createServer((socket) => {
      socket.write('challenge\n');
      socket.on('data', () => socket.write('no proof\n'));
      socket.on('error', () => {});
    });
    const { socket } = addressOf(modules(), 'k', folder);
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    ending.push(() => server.close());
    const { code } = await refusal(local(folder).throttle({ a: 1 }));
    expect(code).toBe('HUB_FOREIGN');
  });

  test('serves nobody who does not know the secret', async () => {
    const folder = newFolder();
    await local(folder).throttle({ a: 1 });
    const { socket } = addressOf(modules(), 'k', folder);
    const { createConnection } = await import('node:net');
    for (const greeting of ['wrong proof\n', 'x'.repeat(5000)]) {
      const connection = createConnection(socket);
      connection.write(greeting);
      connection.on('data', () => {});
      await once(connection, 'close');
    }
  });

  test('lets a process end that waits for nothing', async () => {
    const folder = newFolder();
    const source = `
      import { localThrottler } from 'multi-throttler/local';
      const throttler = localThrottler(${JSON.stringify({ key: 'k', folder, rules })});
      await throttler.throttle({ a: 1 });
      await throttler.pause({ ms: 1 });
      console.log('done');
    `;
    const file = join(import.meta.dirname, `end-${process.pid}.mjs`);
    writeFileSync(file, source);
    ending.push(() => rmSync(file));
    const child = spawn(process.execPath, [file], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
    expect([output, code]).toEqual(['done\n', 0]);
    // The state was saved at its end.
    const next = local(folder);
    await next.throttle({ a: 9 });
  });
});

describe('where sockets are files', () => {
  function fileLocal(folder: string) {
    const node = modules();
    const address = addressOf(node, 'k', folder);
    const member = new Member({
      place: new LocalPlace(
        node,
        { ...address, socket: join(folder, 's.sock'), isFile: true },
        false,
      ),
      clock: BACKGROUND,
      name: node.crypto.randomBytes(4).toString('hex'),
      definition: definitionOf({ key: 'k', rules }),
      start: (definition, epoch) =>
        startHub({
          definition,
          epoch,
          store: fileStore(address.state),
          config: {},
          tell: console.error,
        }),
      tell: console.error,
    });
    ending.push(() => member.close());
    return member;
  }

  test('a socket that a killed process has left is replaced', async () => {
    const folder = newFolder();
    const left = join(folder, 's.sock');
    const listen = `require('node:net').createServer().listen(${JSON.stringify(left)}, () => console.log('up'))`;
    const child = spawn(process.execPath, ['-e', listen]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');
    expect(readdirSync(folder)).toContain('s.sock');
    const members = [fileLocal(folder), fileLocal(folder), fileLocal(folder)];
    await Promise.all(members.map((member) => member.submit({ a: 2 }, undefined, false)));
    expect(new Set(members.map(({ epoch }) => epoch)).size).toBe(1);
    await Promise.all(members.slice(0, 2).map((member) => member.close()));
    await members[2]?.submit({ a: 4 }, undefined, false);
    const late = members[2]?.submit({ a: 1 }, { maxWait: 0 }, false) as Promise<unknown>;
    expect((await refusal(late)).code).toBe('WAIT_TIMEOUT');
  });
});
