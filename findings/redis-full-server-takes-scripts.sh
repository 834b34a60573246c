#!/usr/bin/env bash
# A full Redis takes the writes of a limiter's script, if the script first removes something.
#
# Expected: under the policy noeviction a server with no memory left refuses whatever needs more, so
# a limiter that counts in a script gets OOM, and its program learns that the limit is not kept.
# Observed: a script is refused at its first command that needs memory, but only if no command
# before it may write. After ZREMRANGEBYSCORE, DEL or PEXPIRE all later commands succeed, even if
# the first one changes nothing. So the log of a rolling window (remove the old entries, add a new
# one) grows beyond `maxmemory`, and the counter of a fixed window (INCR) is refused.
# Why it matters: of two limiters on one full server, one stops all orders, and the other one fills
# the memory of the machine until the system ends the server, and with it what both have counted.
#
# Packages: ioredis 6.0.0, with Redis 7.0.15; the same with Redis 6.2.14 and 8.2.3, and
# Valkey 8.0.1.
# Date: 2026-12-01.

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
printf '%s\n' 'bind 127.0.0.1' "port $PORT" "requirepass $PASSWORD" 'save ""' 'maxmemory 3mb' \
  'maxmemory-policy noeviction' >redis.conf
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

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

const { PORT, PASSWORD } = process.env;
const redis = new Redis({ host: '127.0.0.1', port: Number(PORT), password: PASSWORD });
const info = await redis.info('server');
const [, server] = info.match(/valkey_version:(\S+)/) ?? info.match(/redis_version:(\S+)/);
const { version } = JSON.parse(readFileSync('node_modules/ioredis/package.json', 'utf8'));
console.log('ioredis', version);
console.log('server', server);

const answerOf = (sent) =>
  sent.then(
    () => 'OK',
    // Redis 6.2 has the code inside its text.
    ({ message }) => /\bOOM\b/.exec(message)?.[0] ?? message,
  );

// Other data of the server: it is full when the smallest value is refused.
for (const size of [10_000, 1000, 100, 10]) {
  let number = 0;
  while ((await answerOf(redis.set(`${size}:${number}`, 'x'.repeat(size)))) === 'OK') number += 1;
}

const entry = "redis.call('ZADD', KEYS[1], 2000, ARGV[1])";
const scripts = {
  'INCR': "redis.call('INCR', KEYS[1])",
  'ZADD': entry,
  'ZREMRANGEBYSCORE, ZADD': `redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, 1000) ${entry}`,
  'DEL, ZADD': `redis.call('DEL', 'none') ${entry}`,
  'PEXPIRE, ZADD': `redis.call('PEXPIRE', KEYS[1], 1000) ${entry}`,
  'ZREMRANGEBYSCORE alone': "redis.call('ZREMRANGEBYSCORE', KEYS[1], 0, 1000)",
};
const answers = [];
for (const [name, script] of Object.entries(scripts)) {
  const answer = await answerOf(redis.eval(script, 1, `limit:${name}`, 'order'));
  answers.push(answer);
  console.log(`${name}: ${answer}`);
}

// A bot goes on for a while, with one entry for each order.
const log = scripts['ZREMRANGEBYSCORE, ZADD'];
for (let order = 0; order < 20_000; order++) {
  answers.push(await answerOf(redis.eval(log, 1, 'limit:orders', `order ${order}`)));
}
const memory = await redis.info('memory');
const [used, most] = ['used_memory', 'maxmemory'].map((name) =>
  Number(memory.match(new RegExp(`^${name}:(\\d+)`, 'm'))[1]),
);
console.log(`after 20000 orders: ${(used / most).toFixed(1)} of maxmemory is used`);
console.log('expected: OOM for all that add something, and never much more than 1.0');
redis.disconnect();
const same =
  answers.slice(0, 6).join() === 'OOM,OOM,OK,OK,OK,OK' &&
  answers.slice(6).every((answer) => answer === 'OK') &&
  used > 1.3 * most;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
