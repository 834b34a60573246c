/// <reference path="./wasm-module.d.ts" />
import { decoder, text } from '../../build/wasm/multi_throttler_bg.wasm';
import { TextEncoder } from '../shared/utf8.js';

/** The address of the text in the decoder's memory, behind its table. */
const START = 384;

interface Decoder {
  memory: { buffer: ArrayBuffer };
  decode(end: number): number;
}

/**
 * Returns the engine's bytes. They are part of this file as text, which scripts/build/text.mjs
 * encodes, so nothing has to be fetched and no bundler needs a plugin.
 */
export function engine(): Uint8Array<ArrayBuffer> {
  const module = new WebAssembly.Module(
    Uint8Array.from(atob(decoder), (letter) => letter.charCodeAt(0)),
  );
  const { memory, decode } = new WebAssembly.Instance(module).exports as unknown as Decoder;
  const bytes = new Uint8Array(memory.buffer);
  // The text has only characters of one byte.
  new TextEncoder().encodeInto(text, bytes.subarray(START));
  return bytes.subarray(START, decode(START + text.length));
}
