#!/usr/bin/env bash
# Three limiters stop all calls for as long as the system clock was set back.
#
# Expected: a limit of two calls per 200 ms needs the time since the last call, which a monotonic
# clock tells. When the system clock is set back, nothing changes.
# Observed: bottleneck (minTime and reservoir), p-throttle (with `strict` too) and p-queue start no
# call until the system clock has caught up, since they compare Date.now() with earlier values of
# it. limiter goes on, as it uses a monotonic clock. The script sets the clock back by two seconds,
# by a function in place of Date.now(). A step of an hour means an hour without calls.
# Why it matters: a virtual machine that is resumed, or a first contact with a time server, may set
# the clock back. The trading program runs, its connections are up, and no order and no cancel
# leaves it.
#
# Packages: bottleneck 2.19.5, p-throttle 8.1.1, p-queue 9.3.5, for comparison limiter 4.1.0. Date:
# 2026-11-30.

set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --ignore-scripts --loglevel=error \
  bottleneck@2.19.5 \
  p-throttle@8.1.1 \
  p-queue@9.3.5 \
  limiter@4.1.0

cat >probe.mjs <<'PROBE'
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

const systemTime = Date.now;
let step = 0;
Date.now = () => systemTime() + step;

const { default: Bottleneck } = await import('bottleneck');
const { RateLimiter } = await import('limiter');
const { default: PQueue } = await import('p-queue');
const { default: pThrottle } = await import('p-throttle');

const nothing = async () => {};
const refresh = { reservoir: 2, reservoirRefreshAmount: 2, reservoirRefreshInterval: 250 };
const limiters = {
  'bottleneck, minTime': () => {
    const limiter = new Bottleneck({ minTime: 100 });
    return () => limiter.schedule(nothing);
  },
  'bottleneck, reservoir': () => {
    const limiter = new Bottleneck(refresh);
    return () => limiter.schedule(nothing);
  },
  'p-throttle': () => pThrottle({ limit: 2, interval: 200 })(nothing),
  'p-throttle, strict': () => pThrottle({ limit: 2, interval: 200, strict: true })(nothing),
  'p-queue': () => {
    const queue = new PQueue({ intervalCap: 2, interval: 200 });
    return () => queue.add(nothing);
  },
  limiter: () => {
    const limiter = new RateLimiter({ tokensPerInterval: 2, interval: 200 });
    return () => limiter.removeTokens(1);
  },
};

/** Milliseconds until the last of three calls ends, made right after a step of the clock. */
async function waitAfter(create) {
  const call = create();
  await Promise.all([call(), call()]);
  await delay(150);
  step = -2000;
  const start = performance.now();
  await Promise.all([call(), call(), call()]);
  return Math.round(performance.now() - start);
}

const waits = await Promise.all(Object.values(limiters).map(waitAfter));
const names = Object.keys(limiters);
for (const [index, name] of names.entries()) {
  const [folder] = name.split(',');
  const { version } = JSON.parse(readFileSync(`node_modules/${folder}/package.json`, 'utf8'));
  console.log(`${name} ${version}: 3 calls took ${waits[index]} ms, expected some 500`);
}
const same = names.every((name, index) => waits[index] >= 1900 === (name !== 'limiter'));
console.log(same ? 'as found' : 'the behaviour has changed');
process.exit(same ? 0 : 1);
PROBE
timeout 60 node probe.mjs
