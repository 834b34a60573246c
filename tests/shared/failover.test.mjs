// Another server, or another clock of the server, while processes share a limit: a replica that had
// lost writes takes over, and the clock is set. `npm run faults` runs these.

import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { rollingWindow, tokenBucket } from 'multi-throttler';
import { findFaketime } from '../../scripts/setup/faketime.mjs';
import { otherServers } from '../../scripts/setup/redis-servers.mjs';
import { Processes } from './support/processes.mjs';
import { startRedis } from './support/server.mjs';

const JITTER = 60;
const settings = {
  rules: [
    rollingWindow({ id: 'A', limit: 400, interval: 3000, jitter: JITTER }),
    tokenBucket({ id: 'B', capacity: 300, refillRate: 0.12, jitter: JITTER }),
  ],
  costs: [{ A: 1 }, { A: 2, B: 1 }, { B: 3 }],
  callers: 16,
};

/**
 * Runs four processes with a fault in the middle.
 * @param {Pick<import('./support/server.mjs').RedisServer, 'port' | 'password'>} address
 * @param {(fleet: Processes) => Promise<void>} fault in the first burst, 2 s after the start
 * @param {object} [more] settings
 * @param {number} [error] of the server's clock, in milliseconds
 */
async function run(address, fault, more, error) {
  const fleet = new Processes(/** @type {any} */ (address), { ...settings, ...more });
  try {
    await fleet.startAll(4);
    await fault(fleet);
    await sleep(4000);
    await fleet.end();
    return { excess: fleet.excess(error), grants: fleet.grants().length };
  } finally {
    await fleet.end();
    fleet.remove();
  }
}

/** A port that leads to one server, and later to another one. @param {number} first */
async function makeRelay(first) {
  let target = first;
  /** @type {Set<import('node:net').Socket>} */
  const sockets = new Set();
  const relay = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [socket, other] of /** @type {const} */ ([
      [near, far],
      [far, near],
    ])) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
      socket.pipe(other);
    }
  });
  await new Promise((resolve) => relay.listen(0, '127.0.0.1', () => resolve(undefined)));
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    port: /** @type {import('node:net').AddressInfo} */ (relay.address()).port,
    /** @param {number} port */
    lead(port) {
      target = port;
      cut();
    },
    close() {
      relay.close();
      cut();
    },
  };
}

/** A replica takes over whose replication broke before the first burst. @param {object} [more] */
async function failOver(more) {
  const primary = await startRedis();
  const { password } = primary;
  const replica = await startRedis([
    ...['--replicaof', '127.0.0.1', `${primary.port}`, '--masterauth', password],
    // It is in step at once.
    ...['--repl-diskless-sync-delay', '0'],
  ]);
  const relay = await makeRelay(primary.port);
  try {
    const client = await replica.connect();
    await client.config('SET', 'requirepass', password);
    const isInStep = async () => /master_link_status:up/.test(await client.info('replication'));
    while (!(await isInStep())) await sleep(20);
    return await run(
      { port: relay.port, password },
      async () => {
        // The ledger has begun, and has given nothing.
        await sleep(1000);
        await client.call('REPLICAOF', 'NO', 'ONE');
        await sleep(1300);
        assert.equal(await client.exists('mt:{fleet}'), 1, 'the replica has the ledger');
        await primary.kill();
        relay.lead(replica.port);
      },
      more,
    );
  } finally {
    relay.close();
    await replica.stop();
    await primary.stop();
  }
}

/** The clock of the server is set in the first burst. @param {number} by milliseconds */
async function setClock(by) {
  // Debian's server has an allocator that reads the clock before the library can.
  const [program] = otherServers();
  const folder = mkdtempSync(join(tmpdir(), 'clock-'));
  const file = join(folder, 'offset');
  writeFileSync(file, '+0');
  const env = {
    LD_PRELOAD: findFaketime(),
    FAKETIME_TIMESTAMP_FILE: file,
    FAKETIME_NO_CACHE: '1',
    FAKETIME_DONT_FAKE_MONOTONIC: '1',
    DONT_FAKE_MONOTONIC: '1',
  };
  const server = await startRedis([], { program, env });
  try {
    const client = await server.connect();
    const ahead = async () => {
      const [seconds, micros] = (await client.time()).map(Number);
      return 1000 * seconds + micros / 1000 - Date.now();
    };
    const fault = async () => {
      await sleep(2300);
      const before = await ahead();
      writeFileSync(file, `${by < 0 ? '' : '+'}${by / 1000}`);
      const set = (await ahead()) - before;
      // The server reads the clock a little earlier than it answers.
      assert.ok(Math.abs(set - by) < Math.max(100, Math.abs(by) / 10), `set by ${set} ms`);
    };
    // An error within the jitter is part of it.
    return await run(server, fault, {}, by > 0 && by < JITTER ? by : 0);
  } finally {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.env.ALL_FAULTS) {
  test('no limit is exceeded when a replica without the last writes takes over', async () => {
    const { excess, grants } = await failOver();
    assert.equal(excess, 0);
    assert.ok(grants > 300, `${grants} grants`);
  });

  for (const control of ['forgets', 'trusts-data']) {
    test(`control: a limit is exceeded by such a replica where a process ${control}`, async () => {
      const { excess } = await failOver({ control });
      assert.ok(excess > 0);
    });
  }
}

if (process.env.ALL_FAULTS && findFaketime() && otherServers().length > 0) {
  for (const by of [-2000, -700, JITTER / 2]) {
    test(`no limit is exceeded when the server's clock is set by ${by} ms`, async () => {
      const { excess, grants } = await setClock(by);
      assert.equal(excess, 0);
      assert.ok(grants > 300, `${grants} grants`);
    });
  }

  test("control: a limit is exceeded when the server's clock is set by 4 s", async () => {
    const { excess } = await setClock(4000);
    assert.ok(excess > 0);
  });
}
