// The engine's bytes as text that fits into a JavaScript file, which ts/wasm/inlined.ts turns back.

/** A text holds none of these, so no tool has to escape anything in it, whichever quotes it prefers. */
const EXCLUDED = '"$\'<\\`';
/** Each stands before a second character, for values that are rare: in the next row of the table. */
const ESCAPES = ' !';
/** What is left of ASCII. */
const LETTERS = Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)).filter(
  (letter) => !(ESCAPES + EXCLUDED).includes(letter),
);
const ROW = 128;

/**
 * One printable character for each of the 87 most frequent values of a byte, and two for each of the others. Base64 is
 * a quarter longer, and its characters straddle bytes, which hides from gzip what comes again: compressed it is a
 * quarter larger too, while this is no larger than the bytes themselves.
 *
 * The decoder is wasm as well: a loop in JavaScript over so much text takes some milliseconds before it gets compiled.
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
    table[ROW * (ESCAPES.indexOf(code.slice(0, -1) || '-') + 1) + code.charCodeAt(code.length - 1)] = value;
  }
  return { text, decoder: await decoder(table, text.length) };
}

/**
 * A module that turns a text back into bytes, in its place: in `memory`, behind the table. `decode` is told where the
 * text ends, and tells where the bytes do.
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
