// Phases of a cold start: `node benches/package/children/phases.mjs <entry>` prints milliseconds as
// JSON.

const [entry = ''] = process.argv.slice(2);
const from = performance.now();
const { MultiThrottler, ThrottleRule } = await import(entry);
const imported = performance.now();

let [compiling, instantiating, decoded] = [0, 0, 0];
const { Module, Instance } = WebAssembly;
/**
 * @template {Function} T
 * @param {T} original
 * @param {(ms: number, from: number) => void} note
 * @returns {T}
 */
const timed = (original, note) =>
  new Proxy(original, {
    construct(target, args) {
      const before = performance.now();
      const made = Reflect.construct(target, args);
      note(performance.now() - before, before);
      return made;
    },
  });
// The first module and instance are those of the text decoder, the second those of the engine.
WebAssembly.Module = timed(Module, (ms, before) => {
  [compiling, decoded] = [ms, before];
});
WebAssembly.Instance = timed(Instance, (ms) => {
  instantiating = ms;
});
const before = performance.now();
new MultiThrottler([new ThrottleRule('a', 10, 1)]);
const first = performance.now() - before;
const decoding = decoded - before;

process.stdout.write(
  JSON.stringify({
    'read and parse the file': imported - from,
    'turn the text into bytes': decoding,
    'check and compile the wasm': compiling,
    'make the instance': instantiating,
    'run the first constructor': first - decoding - compiling - instantiating,
  }),
);
