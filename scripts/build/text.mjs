// Encodes the engine's bytes as text for a JavaScript file; ts/wasm/inlined.ts decodes it.

/**
 * Characters that are never used, so that no tool has to escape any, whichever quotes it prefers.
 */
const EXCLUDED = '"$\'<\\`';
/** Prefixes of two-character codes for rare values; each selects a further row of the table. */
const ESCAPES = ' !';
/** The other printable characters of ASCII. */
const LETTERS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (letter) => !(ESCAPES + EXCLUDED).includes(letter),
);
const ROW = 128;

/**
 * Encodes each of the 87 most frequent byte values as one printable character, and each other value
 * as two. Base64 is a quarter longer, and its characters straddle bytes, which hides repetitions
 * from gzip: it is a quarter larger compressed, too. This encoding compresses as well as the bytes
 * themselves.
 *
 * The decoder is wasm as well: a JavaScript loop over so much text takes some milliseconds before
 * it is compiled.
 * @param {Uint8Array} bytes
 */
export async function toText(bytes) {
  const counts = Array.from({ length: 256 }, () => 0);
  for (const byte of bytes) counts[byte] = (counts[byte] ?? 0) + 1;
  const values = [...counts.keys()].sort((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  const codes = ['', ...ESCAPES].flatMap((first) => LETTERS.map((letter) => first + letter));
  const codeOf = new Map(values.map((value, i) => [value, codes[i] ?? '']));
  const text = Array.from(bytes, (byte) => codeOf.get(byte)).join('');
  const table = Buffer.alloc(ROW * (1 + ESCAPES.length));
  for (const [value, code] of codeOf) {
    table[
      ROW * (ESCAPES.indexOf(code.slice(0, -1) || '-') + 1) + code.charCodeAt(code.length - 1)
    ] = value;
  }
  return { text, decoder: await decoder(table, text.length) };
}

/**
 * Builds a wasm module that decodes a text in place, in its `memory`, behind the table. `decode`
 * takes the end of the text and returns the end of the bytes.
 * @param {Buffer} table
 * @param {number} length of the text
 */
async function decoder(table, length) {
  const { default: binaryen } = await import('binaryen');
  const pages = Math.ceil((table.length + length) / 65_536);
  const data = [...table].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
  const module = binaryen.parseText(`(module
    (memory (export "memory") ${pages})
    (data (i32.const 0) "${data}")
    (func (export "decode") (param $end i32) (result i32)
      (local $in i32) (local $out i32) (local $code i32)
      (local.set $in (i32.const ${table.length}))
      (local.set $out (i32.const ${table.length}))
      (loop $next
        (local.set $code (i32.load8_u (local.get $in)))
        (local.set $in (i32.add (local.get $in) (i32.const 1)))
        (if (i32.lt_u (local.get $code) (i32.const ${32 + ESCAPES.length}))
          (then
            (local.set $code
              (i32.add
                (i32.mul (i32.sub (local.get $code) (i32.const 31)) (i32.const ${ROW}))
                (i32.load8_u (local.get $in))))
            (local.set $in (i32.add (local.get $in) (i32.const 1)))))
        (i32.store8 (local.get $out) (i32.load8_u (local.get $code)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        (br_if $next (i32.lt_u (local.get $in) (local.get $end))))
      (local.get $out)))`);
  binaryen.setOptimizeLevel(2);
  module.optimize();
  const binary = module.emitBinary();
  module.dispose();
  return Buffer.from(binary).toString('base64');
}
