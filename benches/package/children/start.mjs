// A cold start: import and first constructor. The process does nothing else.

const [name] = process.argv.slice(2);
const before = performance.now();
const { one } = await import(`../subjects/${name}.mjs`);
await one({ limit: 100, interval: 60_000 });
process.stdout.write(String(performance.now() - before));
