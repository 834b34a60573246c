import { decoder, text } from '../../build/wasm/multi_throttler_bg.wasm';
import { TextEncoder } from '../shared/utf8.js';

/** Where the text begins in the decoder's memory: behind its table. */
const START = 384;

interface Decoder {
  memory: { buffer: ArrayBuffer };
  decode(end: number): number;
}

/**
 * The engine's bytes, which are part of this file: nothing has to be fetched, and no bundler needs a plugin. See
 * scripts/build/text.mjs for what the text is.
 */
export function engine(): Uint8Array<ArrayBuffer> {
  const module = new WebAssembly.Module(Uint8Array.from(atob(decoder), (letter) => letter.charCodeAt(0)));
  const { memory, decode } = new WebAssembly.Instance(module).exports as unknown as Decoder;
  const bytes = new Uint8Array(memory.buffer);
  // Of characters of one byte each.
  new TextEncoder().encodeInto(text, bytes.subarray(START));
  return bytes.subarray(START, decode(START + text.length));
}
