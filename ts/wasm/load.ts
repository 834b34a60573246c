import { initSync, MultiThrottler } from '../../build/wasm/multi_throttler.js';
import { ThrottlerError } from '../errors.js';
import { engine } from './inlined.js';

/**
 * The Rust class. One wasm instance serves all throttlers of a realm; the first of them creates it.
 */
export type Core = MultiThrottler;

let loaded = false;

/** Returns the Rust class, and instantiates the module at the first call. */
export function load(): typeof MultiThrottler {
  if (!loaded) instantiate();
  return MultiThrottler;
}

function instantiate(): void {
  try {
    initSync({ module: engine() });
    loaded = true;
  } catch (cause) {
    throw new ThrottlerError(
      'multi-throttler needs WebAssembly, and this realm does not provide or allow it. ' +
        "A page with a content security policy has to allow 'wasm-unsafe-eval' in script-src, an edge runtime has to " +
        'resolve the package with the condition `workerd` or `edge-light`, and Node must not run with --jitless. ' +
        "React Native's Hermes has no WebAssembly.",
      'WASM_UNAVAILABLE',
      { cause },
    );
  }
}
