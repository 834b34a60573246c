// Bottleneck with a reservoir that is refilled after each interval.

import Bottleneck from 'bottleneck';

const task = () => Promise.resolve();

/** @param {import('../types.ts').Limits} limits */
export function one({ limit, interval }) {
  const limiter = new Bottleneck({
    reservoir: limit,
    reservoirRefreshAmount: limit,
    reservoirRefreshInterval: interval,
  });
  return {
    request: () => limiter.schedule(task),
    counted: async () => limit - ((await limiter.currentReservoir()) ?? Number.NaN),
  };
}

export function backlog() {
  const limiter = new Bottleneck({ reservoir: 0 });
  return {
    request: () => limiter.schedule(task),
    release: () => void limiter.incrementReservoir(1e9),
  };
}
