// Each client library, and servers that cannot be used.

import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fixedWindow, rollingWindow } from 'multi-throttler';
import { sharedThrottler } from 'multi-throttler/redis';
import { load, startRedis } from './support/server.mjs';

const server = await startRedis();
const { port, password } = server;
/** @type {(() => unknown)[]} */
const ends = [];
after(async () => {
  for (const end of ends) await end();
  await server.stop();
});

const rules = [rollingWindow({ id: 'A', limit: 20, interval: 1000 })];
const quick = { lease: 100, timeout: 100 };

/** @type {Record<string, () => Promise<any>>} */
const CLIENTS = {
  async ioredis() {
    const { Redis } = await load('ioredis');
    const client = new Redis({ port, password });
    ends.push(() => client.disconnect());
    return client;
  },
  async iovalkey() {
    const { Redis } = await load('iovalkey');
    const client = new Redis({ port, password });
    ends.push(() => client.disconnect());
    return client;
  },
  async redis() {
    const { createClient } = await load('redis');
    const client = createClient({ url: `redis://127.0.0.1:${port}`, password });
    await client.connect();
    ends.push(() => client.destroy());
    return client;
  },
  async '@valkey/valkey-glide'() {
    const { GlideClient } = await load('@valkey/valkey-glide');
    const client = await GlideClient.createClient({
      addresses: [{ host: '127.0.0.1', port }],
      credentials: { password },
    });
    ends.push(() => client.close());
    return client;
  },
};

for (const [name, connect] of Object.entries(CLIENTS)) {
  test(`two throttlers share a limit through ${name}, scripts flushed or not`, async () => {
    const control = await server.connect();
    const client = await connect();
    const one = sharedThrottler({ client, key: name, rules, ...quick });
    const other = sharedThrottler({ client, key: name, rules, ...quick });
    await Promise.all([one.ready, other.ready]);
    await Promise.all([one, other].map((each) => each.throttle({ A: 8 })));
    await control.script('FLUSH');
    const started = performance.now();
    await Promise.all([one, other].map((each) => each.throttle({ A: 8 })));
    // 32 of 20 a second: one of the last two waits for the first two to leave.
    assert.ok(performance.now() - started > 700);
    assert.equal(one.getStats().shared?.processes, 2);
    one.close();
    other.close();
  });
}

test('a limit is shared through a cluster of one node', async () => {
  const { Redis, Cluster } = await load('ioredis');
  const cluster = ['--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1'];
  const node = await startRedis(cluster);
  const address = { host: '127.0.0.1', port: node.port };
  const options = { redisOptions: { password: node.password } };
  const clients = [];
  try {
    const control = await node.connect();
    const slots = Array.from({ length: 16_384 }, (_, slot) => slot);
    await control.call('CLUSTER', 'ADDSLOTS', ...slots);
    const isUp = async () => /cluster_state:ok/.test(String(await control.call('CLUSTER', 'INFO')));
    while (!(await isUp())) await sleep(10);
    clients.push(
      new Cluster([address], options),
      new Redis({ ...address, ...options.redisOptions }),
    );
    const all = clients.map((client) =>
      sharedThrottler({ client, key: 'cluster', rules, ...quick }),
    );
    await Promise.all(all.map((each) => each.throttle({ A: 10 })));
    assert.equal(all[0]?.tryThrottle({ A: 1 }), false);
    // Messages arrive too: a pause of the one is heard by the other.
    const heard = new Promise((resolve) => all[1]?.on('pause', resolve));
    await all[0]?.pause({ ms: 1000 });
    await heard;
    for (const each of all) each.close();
  } finally {
    for (const client of clients) client.disconnect();
    await node.stop();
  }
});

test('a throttler without a client is a plain one', async () => {
  const throttler = sharedThrottler({ key: 'alone', rules });
  await throttler.ready;
  await throttler.throttle({ A: 20 });
  assert.equal(throttler.tryThrottle({ A: 1 }), false);
  assert.equal(throttler.getStatus().A.tokens, 0);
  throttler.addRule(fixedWindow({ id: 'B', limit: 1, interval: 1000 }));
  throttler.close();
});

/** @param {object} options of ioredis */
async function readyWith(options, key = 'refused') {
  const { Redis } = await load('ioredis');
  const client = new Redis({ port, password, retryStrategy: () => 50, ...options });
  client.on('error', () => {});
  const throttler = sharedThrottler({ client, key, rules, ...quick });
  let granted = false;
  const waiting = throttler.throttle({ A: 1 }).then(
    () => {
      granted = true;
    },
    () => {},
  );
  try {
    await throttler.ready;
    return undefined;
  } catch (error) {
    assert.equal(granted, false);
    return /** @type {import('multi-throttler').ThrottlerError} */ (error);
  } finally {
    throttler.close();
    await waiting;
    client.disconnect();
  }
}

test('a wrong password rejects `ready`', async () => {
  const error = await readyWith({ password: 'wrong' });
  assert.equal(error?.code, 'SERVER_REFUSES');
});

test('a user without a command of the script is refused, and one with all works', async () => {
  const control = await server.connect();
  const allowed = ['evalsha', 'eval', 'time', 'info', 'publish', 'subscribe', 'hget', 'hset'];
  const more = ['hdel', 'hkeys', 'hscan', 'del', 'pexpire'];
  const commands = [...allowed, ...more].map((name) => `+${name}`);
  // Redis 6.2 gives a new user all channels.
  const common = ['on', '>secret', '~mt:*', 'resetchannels', '&mt:*', '-@all'];
  await control.acl('SETUSER', 'few', ...common, ...commands.filter((name) => name !== '+hset'));
  await control.acl('SETUSER', 'all', ...common, ...commands);
  const options = { username: 'few', password: 'secret', enableReadyCheck: false };
  const error = await readyWith(options, 'acl');
  assert.equal(error?.code, 'SERVER_REFUSES');
  assert.match(error.message, /NOPERM|permission|ACL|can't run/i);
  assert.equal(await readyWith({ ...options, username: 'all' }, 'acl'), undefined);
});

test("a user without the ledger's channels, or without its key, rejects `ready`", {
  timeout: 30_000,
}, async () => {
  const control = await server.connect();
  const rights = ['on', '>secret', '+@all'];
  await control.acl('SETUSER', 'mute', ...rights, '~mt:*', 'resetchannels');
  await control.acl('SETUSER', 'keyless', ...rights, '~other:*', 'resetchannels', '&mt:*');
  for (const username of ['mute', 'keyless']) {
    const error = await readyWith({ username, password: 'secret' }, `acl-${username}`);
    assert.equal(error?.code, 'SERVER_REFUSES', username);
  }
});

test('a server that evicts keys rejects `ready`', async () => {
  const control = await server.connect();
  await control.config('SET', 'maxmemory', '100mb');
  await control.config('SET', 'maxmemory-policy', 'allkeys-lru');
  try {
    const error = await readyWith({}, 'evicted');
    assert.equal(error?.code, 'SERVER_EVICTS');
  } finally {
    await control.config('SET', 'maxmemory', '0');
    await control.config('SET', 'maxmemory-policy', 'noeviction');
  }
});

test('a server without memory rejects `ready`, grants nothing, and serves what waits later', async () => {
  const control = await server.connect();
  const full = async (/** @type {boolean} */ isFull) =>
    control.config('SET', 'maxmemory', isFull ? '1' : '0');
  const make = async (/** @type {string} */ key) =>
    sharedThrottler({ client: await server.connect(), key, rules, ...quick });
  // The control: the same server with memory.
  const first = await make('full-known');
  await first.ready;
  await first.throttle({ A: 1 });
  /** @type {import('multi-throttler/redis').SharedThrottler<'A'>[]} */
  const late = [];
  await full(true);
  try {
    // A ledger that has to begin, and one that other processes have begun.
    late.push(await make('full-new'), await make('full-known'));
    let granted = 0;
    const waiting = late.flatMap((each) =>
      Array.from({ length: 25 }, () => each.throttle({ A: 1 }).then(() => granted++)),
    );
    for (const each of late) {
      await assert.rejects(each.ready, { code: 'SERVER_FULL', message: /maxmemory/ });
    }
    const connected = late.map((each) => new Promise((resolve) => each.on('connect', resolve)));
    assert.equal(await control.exists('mt:{full-new}'), 0, 'nothing is written in part');
    assert.equal(granted, 0);
    const started = performance.now();
    await full(false);
    await Promise.all([...connected, ...waiting]);
    assert.equal(granted, 50);
    // 25 of 20 a second each.
    assert.ok(performance.now() - started > 900);
  } finally {
    await full(false);
    for (const each of [first, ...late]) each.close();
  }
});

test('a server that is too old rejects `ready` and what waits', async () => {
  const client = await server.connect();
  const old = {
    on: () => {},
    duplicate: () => client.duplicate(),
    evalsha: async () => {
      throw new Error('NOSCRIPT');
    },
    /** @param {string} text @param {unknown[]} args */
    eval: (text, ...args) =>
      client.eval(
        text.replace("call('INFO', 'server')", "'redis_version:5.0.14 run_id:x'"),
        ...args,
      ),
    call: () => {},
  };
  const throttler = sharedThrottler({ client: old, key: 'old', rules, ...quick });
  const waiting = throttler.throttle({ A: 1 });
  await assert.rejects(throttler.ready, { code: 'SERVER_TOO_OLD', message: /5\.0/ });
  await assert.rejects(waiting, { code: 'SERVER_TOO_OLD' });
  throttler.close();
});

test('invalid options are named', () => {
  const make = (/** @type {object} */ options) => () =>
    sharedThrottler({ key: 'k', rules, .../** @type {any} */ (options) });
  assert.throws(make({ key: '' }), { code: 'INVALID_CONFIG', field: 'key' });
  assert.throws(make({ lease: 1 }), { code: 'INVALID_CONFIG', field: 'lease' });
  assert.throws(make({ version: 0.5 }), { code: 'INVALID_CONFIG', field: 'version' });
  assert.throws(make({ client: {} }), { code: 'INVALID_CONFIG', field: 'client' });
  assert.throws(make({ maxCapasity: 1 }), { code: 'INVALID_CONFIG' });
  assert.throws(make({ rules: [{ id: 'A' }] }), { code: 'INVALID_RULE' });
  const debt = { id: 'A', algorithm: 'token-bucket', capacity: 1, refillRate: 1, allowDebt: true };
  assert.throws(make({ rules: [debt] }), {
    code: 'INVALID_CONFIG',
    field: 'allowDebt',
    message: /rule A/,
  });
});
