// UTF-8 for realms that have WebAssembly but no TextEncoder and TextDecoder, such as that of
// jest-environment-jsdom.

/** Encoder with the methods of the platform's `TextEncoder` that the engine's glue calls. */
class Encoder {
  encode(text: string): Uint8Array {
    // Lone surrogates, which have no bytes, become U+FFFD, as on the platform.
    const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
    const letters = escaped.replace(/%(..)/g, (_, hex) =>
      String.fromCharCode(Number.parseInt(hex, 16)),
    );
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    return bytes;
  }

  encodeInto(text: string, into: Uint8Array): { read: number; written: number } {
    const bytes = this.encode(text);
    into.set(bytes);
    return { read: text.length, written: bytes.length };
  }
}

/**
 * Decoder with the method of the platform's `TextDecoder` that the engine's glue calls. It does not
 * validate, as a text of Rust is always valid UTF-8.
 */
class Decoder {
  decode(bytes = new Uint8Array()): string {
    let escaped = '';
    for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
    return decodeURIComponent(escaped);
  }
}

// Calls without side effects, which bundlers drop if their result is unused.
export const TextEncoder = /* @__PURE__ */ (() =>
  globalThis.TextEncoder ?? Encoder)() as typeof Encoder;
export const TextDecoder = /* @__PURE__ */ (() =>
  globalThis.TextDecoder ?? Decoder)() as typeof Decoder;
