// Settings to begin with.

export const PRESETS = {
  'Mixed costs in a fixed window': {
    rules: [{ id: 'WEIGHT', algorithm: 'fixed-window', limit: 100, interval: 10_000 }],
    load: [
      { name: 'depth', cost: { WEIGHT: 50 }, every: 4000 },
      { name: 'tickers', cost: { WEIGHT: 5 }, every: 600 },
      { name: 'orders', cost: { WEIGHT: 1 }, every: 1500, priority: 'critical' },
    ],
    seconds: 40,
  },
  'Weight and orders of an exchange': {
    rules: [
      { id: 'WEIGHT', algorithm: 'fixed-window', limit: 1200, interval: 60_000, jitter: 250 },
      { id: 'ORDERS', algorithm: 'rolling-window', limit: 10, interval: 10_000, jitter: 250 },
    ],
    load: [
      { name: 'books', cost: { WEIGHT: 50 }, every: 20_000, burst: 12 },
      { name: 'orders', cost: { WEIGHT: 1, ORDERS: 1 }, every: 10_000, burst: 14, start: 3000 },
    ],
    seconds: 120,
  },
  'Bucket and window of the same limit': {
    rules: [
      { id: 'BUCKET', algorithm: 'token-bucket', capacity: 10, refillRate: 0.01 },
      { id: 'WINDOW', algorithm: 'rolling-window', limit: 10, interval: 1000 },
    ],
    load: [
      { name: 'bucket', cost: { BUCKET: 1 }, every: 5000, burst: 25 },
      { name: 'window', cost: { WINDOW: 1 }, every: 5000, burst: 25 },
    ],
    seconds: 10,
  },
  'Priorities in a saturated bucket': {
    rules: [{ id: 'CALLS', algorithm: 'token-bucket', capacity: 5, refillRate: 0.002 }],
    load: [
      { name: 'critical', cost: { CALLS: 1 }, every: 3000, priority: 'critical' },
      { name: 'normal', cost: { CALLS: 1 }, every: 800 },
      { name: 'low', cost: { CALLS: 1 }, every: 800, priority: 'low' },
    ],
    seconds: 30,
  },
};
