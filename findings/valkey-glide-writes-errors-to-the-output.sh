#!/usr/bin/env bash
# valkey-glide writes each error of the server to the standard output as well.
#
# Expected: an error that the server answers rejects the promise of the command. The standard output
# has the lines of the program alone.
# Observed: each such error also writes a line with "WARN" to the standard output, though the
# program handles it. EVALSHA of a script that the server has not loaded is an example: its answer
# NOSCRIPT is part of its use. The line has codes for colours, in a pipe and with NO_COLOR too.
# Logger.setLoggerConfig with "error" or "off" ends it.
# Why it matters: a program hands its orders to the next one as lines of JSON. After a harmless
# error, the reader gets a line that it cannot parse, and stops or leaves it out.
#
# Package: @valkey/valkey-glide 2.5.2, with Redis 7.0.15. Date: 2026-11-30.

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
  @valkey/valkey-glide@2.5.2

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

cat >bot.mjs <<'BOT'
import { GlideClient, Logger } from '@valkey/valkey-glide';

const { PORT, PASSWORD, LEVEL } = process.env;
if (LEVEL) Logger.setLoggerConfig(LEVEL);
const client = await GlideClient.createClient({
  addresses: [{ host: '127.0.0.1', port: Number(PORT) }],
  credentials: { password: PASSWORD },
});
const send = (answer) => process.stdout.write(`${JSON.stringify(answer)}\n`);
await client.set('state', 'open');
const commands = [
  () => client.get('state'),
  () => client.customCommand(['EVALSHA', 'a'.repeat(40), '0']),
  () => client.incr('state'),
];
for (const command of commands) {
  await command().then(
    (answer) => send({ answer }),
    () => send({ handled: true }),
  );
}
client.close();
BOT

cat >probe.mjs <<'PROBE'
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

function linesOf(variables) {
  const env = { ...process.env, ...variables };
  return execFileSync(process.execPath, ['bot.mjs'], { env, encoding: 'utf8' })
    .split('\n')
    .filter((line) => line !== '');
}
const isForeign = (line) => !line.startsWith('{');

const { version } = JSON.parse(
  readFileSync('node_modules/@valkey/valkey-glide/package.json', 'utf8'),
);
console.log('@valkey/valkey-glide', version);
const lines = linesOf({});
for (const line of lines) console.log(JSON.stringify(line));
const foreign = lines.filter(isForeign);
console.log(`${lines.length} lines, ${foreign.length} not of the program; expected 3 and 0`);

const without = linesOf({ NO_COLOR: '1' }).filter(isForeign);
const quiet = linesOf({ LEVEL: 'error' }).filter(isForeign);
console.log(`with NO_COLOR ${without.length}, with the level "error" ${quiet.length}`);
const isColoured = (line) => line.includes('\u001b[') && line.includes('WARN');
const same =
  lines.length === 5 &&
  [foreign, without].every((found) => found.length === 2 && found.every(isColoured)) &&
  quiet.length === 0;
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
