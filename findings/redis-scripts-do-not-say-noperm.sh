#!/usr/bin/env bash
# Redis does not say NOPERM when a script runs a command that the user may not run.
#
# Expected: a command that the access control list forbids is answered with NOPERM, the code for
# this, whether it is sent alone or run by a script.
# Observed: in a script, the code is ERR, the one of a faulty script or a wrong argument. It is also
# ERR for a key that the user may not use and the script does not declare. The text is no help:
# Redis 6.2.14 and 7.0.15 say "can't run this command or subcommand", Redis 8.2.3 says "ACL failure
# in script".
# Why it matters: limiters that share a limit count in a script. A program that stops on NOPERM, and
# tries again on other errors, goes on for ever with a user that lacks one right. No order is sent.
#
# Packages: ioredis 6.0.0, with Redis 7.0.15; the codes are the same with Redis 6.2.14 and 8.2.3.
# Date: 2026-11-30.

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

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';

const { PORT, PASSWORD } = process.env;
const address = { host: '127.0.0.1', port: Number(PORT), password: PASSWORD };
const admin = new Redis(address);
const [, server] = (await admin.info('server')).match(/redis_version:(\S+)/);
await admin.call('ACL', 'SETUSER', 'bot', 'on', `>${PASSWORD}`, '~limit:*', '+get', '+eval');
const bot = new Redis({ ...address, username: 'bot', enableReadyCheck: false });

const increment = "return redis.call('incr', KEYS[1])";
const read = "return redis.call('get', KEYS[1])";
const hidden = "return redis.call('get', 'balance')";
const commands = {
  'GET of an own key': () => bot.get('limit:orders'),
  'the same in a script': () => bot.eval(read, 1, 'limit:orders'),
  'INCR, which is forbidden': () => bot.incr('limit:orders'),
  'INCR in a script': () => bot.eval(increment, 1, 'limit:orders'),
  'GET of a key of others': () => bot.get('balance'),
  'the same in a script, declared': () => bot.eval(read, 1, 'balance'),
  'the same in a script, not declared': () => bot.eval(hidden, 0),
};

const codes = [];
const { version } = JSON.parse(readFileSync('node_modules/ioredis/package.json', 'utf8'));
console.log('ioredis', version);
console.log('server', server);
for (const [name, send] of Object.entries(commands)) {
  const answer = await send().then(
    () => 'OK',
    ({ message }) => message,
  );
  codes.push(answer.split(' ')[0]);
  console.log(`${name}: ${answer}`);
}
console.log('expected: NOPERM for each but the first two');
const same = codes.join() === 'OK,OK,NOPERM,ERR,NOPERM,NOPERM,ERR';
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
