#!/usr/bin/env bash
# A cluster of bottleneck limiters never works again after Redis has lost its data.
#
# Expected: when Redis comes back empty, a limiter writes its settings again and goes on. bottleneck
# has code for this, which waits for the errors SETTINGS_KEY_NOT_FOUND and UNKNOWN_CLIENT.
# Observed: Redis 7 and newer answer both with "ERR " in front, which bottleneck does not recognise.
# After FLUSHALL, the limiter rejects all jobs. When another process has written the settings, the
# error is a different one, and the jobs are still rejected. No data need be lost: a process that
# stands still for 12 seconds is taken off the list of clients, and all its later jobs are rejected.
# Why it matters: a restart of Redis, or a virtual machine that is suspended, stops all orders and
# cancels until the trading program is restarted, although Redis answers and a new process works.
#
# Packages: bottleneck 2.19.5, ioredis 6.0.0, with Redis 7.0.15. Redis 8.2.3 shows the same, while
# with Redis 6.2.14 the limiter goes on. Date: 2026-11-30.

set -euo pipefail
redis=${REDIS_SERVER:-$(command -v redis-server || command -v valkey-server || true)}
if ! "$redis" --version 2>/dev/null; then
  echo 'Redis is missing: put redis-server on the PATH, or its path in REDIS_SERVER' >&2
  exit 2
fi
folder=$(mktemp -d)
server=''
trap 'if [[ $server ]]; then kill "$server" && wait "$server" || true; fi; rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  bottleneck@2.19.5 \
  ioredis@6.0.0

cat >port.mjs <<'FREE'
import { createServer } from 'node:net';
const server = createServer().listen(0, '127.0.0.1', () => {
  console.log(server.address().port);
  server.close();
});
FREE
PORT=$(node port.mjs)
PASSWORD=$(node -p 'crypto.randomUUID()')
export PORT PASSWORD
printf '%s\n' 'bind 127.0.0.1' "port $PORT" "requirepass $PASSWORD" 'save ""' >redis.conf
"$redis" redis.conf >redis.log &
server=$!
tries=0
until (: <>"/dev/tcp/127.0.0.1/$PORT") 2>/dev/null; do
  if ((++tries > 100)); then
    cat redis.log >&2
    exit 2
  fi
  sleep 0.1
done

cat >limiter.mjs <<'LIMITER'
import Bottleneck from 'bottleneck';
import { Redis } from 'ioredis';

const { PORT, PASSWORD } = process.env;
export const clientOptions = { host: '127.0.0.1', port: Number(PORT), password: PASSWORD };

/** A function that runs a job in a limiter of the cluster, and returns the result or the error. */
export async function join() {
  const limiter = new Bottleneck({
    id: 'orders',
    datastore: 'ioredis',
    Redis,
    clientOptions,
    minTime: 10,
  });
  limiter.on('error', () => {});
  await limiter.ready();
  return (job = async () => 'done') => limiter.schedule(job).catch(({ message }) => message);
}
LIMITER

cat >sleeper.mjs <<'SLEEPER'
import { join } from './limiter.mjs';

const run = await join();
process.on('disconnect', process.exit);
process.on('message', async () => process.send(await run()));
process.send('ready');
SLEEPER

cat >probe.mjs <<'PROBE'
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { clientOptions, join } from './limiter.mjs';

const redis = new Redis(clientOptions);
const [, server] = (await redis.info('server')).match(/redis_version:(\S+)/);
const outcomes = {};

const run = await join();
outcomes['a job at first'] = await run();
await redis.flushall();
for (const second of [1, 2, 3]) {
  await delay(1000);
  outcomes[`a job ${second} s later`] = await run();
}
const other = await join();
outcomes['a job of a new process'] = await other();
outcomes['a job of the old limiter'] = await run();

const sleeper = fork('sleeper.mjs');
const ask = async () => {
  sleeper.send('run');
  const [outcome] = await once(sleeper, 'message');
  return outcome;
};
await once(sleeper, 'message');
outcomes['the second process, at first'] = await ask();
sleeper.kill('SIGSTOP');
for (let second = 0; second < 12; second += 1) {
  await delay(1000);
  await other();
}
sleeper.kill('SIGCONT');
await delay(1000);
outcomes['1 s after its pause of 12 s'] = await ask();
await delay(6000);
outcomes['7 s after its pause of 12 s'] = await ask();
outcomes['the others after that'] = await other();
sleeper.kill('SIGKILL');

for (const name of ['bottleneck', 'ioredis']) {
  const { version } = JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8'));
  console.log(name, version);
}
console.log('server', server);
for (const [name, outcome] of Object.entries(outcomes)) console.log(`${name}: ${outcome}`);
console.log('expected: done');
const lost = 'ERR SETTINGS_KEY_NOT_FOUND';
const unknown = 'ERR UNKNOWN_CLIENT';
const found = ['done', lost, lost, lost, 'done', unknown, 'done', unknown, unknown, 'done'];
const same = Object.values(outcomes).join() === found.join();
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
