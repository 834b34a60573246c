// Removes code from the engine's wasm that only builds texts which are never shown.

/**
 * Formatting functions: `core::fmt` and implementations of its traits.
 *
 * The engine writes its texts without `core::fmt` (src/engine/error.rs says why). Its remaining
 * uses produce texts that are never shown: serde's description of a wrong type, as
 * src/wasm/decode checks each value itself to name the field and passes only objects to serde;
 * and panic messages, which wasm drops. They pull in float printing and text escaping, more code
 * than the engine itself.
 */
const FORMATTING = /\bcore(\[\w+\])?::fmt::/;

/**
 * Functions that always panic: on an index out of bounds, failed allocation, or a second borrow.
 * Before the trap they only build messages, which wasm drops, out of the arguments of their
 * callers.
 */
const PANICKING =
  /panicking|_failed\b|\bpanic_already|slice_(index|error)_fail|::(handle_error|capacity_overflow)$/;

/**
 * @param {Uint8Array} wasm with its name section
 * @returns {Promise<Uint8Array>}
 */
export async function snip(wasm) {
  const { default: binaryen } = await import('binaryen');
  // Keeps the names; wasm-opt strips them at the end.
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(wasm);
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    module.getFunctionByIndex(index),
  );
  for (const each of functions) {
    const { name, results } = binaryen.getFunctionInfo(each);
    // 0 is Ok(()): if one were called after all, a text would only be shorter.
    if (FORMATTING.test(name) && results === binaryen.i32)
      setBody(binaryen, each, module.i32.const(0));
    if (PANICKING.test(name) && results === binaryen.none)
      setBody(binaryen, each, module.unreachable());
  }
  const result = module.emitBinary();
  module.dispose();
  return result;
}

/**
 * Replaces the body of a function. binaryen's types wrongly declare `Function` on a module instead
 * of the package.
 * @param {unknown} binaryen
 * @param {number} of
 * @param {number} body
 */
function setBody(binaryen, of, body) {
  const { Function: functions } =
    /** @type {{ Function: import('binaryen').default.Module['Function'] }} */ (binaryen);
  functions.setBody(of, body);
}
