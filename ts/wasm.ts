import { initSync, MultiThrottler, memory } from '../build/wasm/multi_throttler.js';
import { engine } from './engine/inlined.js';
import { ThrottlerError } from './errors.js';

/** The Rust class. One wasm instance serves all throttlers of a realm; it is made with the first of them. */
export type Core = MultiThrottler;

/** How many costs the buffer holds. */
const BUFFERED_COSTS = 32;

let loaded = false;
let buffer = new Float64Array(0);

/** The Rust class, instantiated. */
export function load(): typeof MultiThrottler {
  if (!loaded) instantiate();
  return MultiThrottler;
}

/**
 * A view over the engine's buffer: slot and amount of each cost of the request that is about to be submitted. When
 * the engine's memory grows, the view is cut off from it and has no length any more.
 */
export function costBuffer(): Float64Array {
  if (buffer.length === 0 && loaded) {
    buffer = new Float64Array(memory().buffer, MultiThrottler.buffer(), 2 * BUFFERED_COSTS);
  }
  return buffer;
}

function instantiate(): void {
  try {
    initSync({ module: engine() });
    loaded = true;
  } catch (cause) {
    throw new ThrottlerError(
      'multi-throttler needs WebAssembly, and this realm does not provide or allow it. ' +
        "A page with a content security policy has to allow 'wasm-unsafe-eval' in script-src, an edge runtime has to " +
        'resolve the package with the condition `workerd` or `edge-light`, and Node must not run with --jitless.',
      'WASM_UNAVAILABLE',
      { cause },
    );
  }
}
