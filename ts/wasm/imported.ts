import module from 'engine.wasm?module';

/** The engine as a module of the runtime's own: edge runtimes compile no bytes. Stands in for `inlined.ts` there. */
export function engine(): WebAssembly.Module {
  return module;
}
