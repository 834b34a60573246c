import base64 from '../../build/wasm/multi_throttler_bg.wasm';

/** The engine's bytes, which are part of this file: nothing has to be fetched, and no bundler needs a plugin. */
export function engine(): Uint8Array<ArrayBuffer> {
  // `Buffer` is the fast way in Node; a callback for each byte would be 50 times slower than this loop.
  const { Buffer } = globalThis as {
    Buffer?: { from(text: string, encoding: 'base64'): Uint8Array<ArrayBuffer> };
  };
  if (Buffer) return Buffer.from(base64, 'base64');
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}
