// UTF-8 for realms that have WebAssembly but no TextEncoder and TextDecoder, such as that of jest-environment-jsdom.

/** As much of the platform's `TextEncoder` as the engine's glue needs. */
class Encoder {
  encode(text: string): Uint8Array {
    // Halves of pairs, which have no bytes, become U+FFFD, as the platform has it.
    const escaped = encodeURIComponent(text.replace(/[\ud800-\udfff]/gu, '\ufffd'));
    const letters = escaped.replace(/%(..)/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
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

/** As much of the platform's `TextDecoder` as the engine's glue needs: what Rust calls text is always valid. */
class Decoder {
  decode(bytes = new Uint8Array()): string {
    let escaped = '';
    for (const byte of bytes) escaped += `%${byte.toString(16).padStart(2, '0')}`;
    return decodeURIComponent(escaped);
  }
}

// Functions, so that bundlers see that nothing happens where they are not used.
export const TextEncoder = /* @__PURE__ */ (() => globalThis.TextEncoder ?? Encoder)() as typeof Encoder;
export const TextDecoder = /* @__PURE__ */ (() => globalThis.TextDecoder ?? Decoder)() as typeof Decoder;
