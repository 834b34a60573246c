/// <reference path="./wasm-module.d.ts" />
import module from 'engine.wasm?module';

/**
 * Returns the engine as a module that the runtime has compiled. Takes the place of `inlined.ts` in
 * edge runtimes, which compile no bytes.
 */
export function engine(): WebAssembly.Module {
  return module;
}
