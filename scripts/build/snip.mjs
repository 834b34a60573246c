// Cuts code out of the engine's wasm that can only ever put together texts which nobody gets to see.

/**
 * Functions that format: `core::fmt` itself and what implements its traits.
 *
 * The engine writes its texts without `core::fmt` (src/error.rs says why). What is left of it in the module belongs
 * to texts that nobody gets to see: serde's wording of a wrong type, as src/wasm/input.rs looks at each value itself
 * in order to name the field and hands serde nothing but objects; and the words of panics, which wasm drops anyway.
 * They bring the printing of floats and the escaping of text along, more code than the engine has.
 */
const FORMATTING = /\bcore(\[\w+\])?::fmt::/;

/**
 * Functions that never return but panic: on an index that is too large, memory that cannot be had, a value that is borrowed
 * twice. What they do before they trap is to put together words that wasm drops, and their callers hand those over.
 */
const PANICKING =
  /panicking|_failed\b|\bpanic_already|slice_(index|error)_fail|::(handle_error|capacity_overflow)$/;

/**
 * @param {Uint8Array} wasm with its names
 * @returns {Promise<Uint8Array>}
 */
export async function snip(wasm) {
  const { default: binaryen } = await import('binaryen');
  // Keeps the names, which wasm-opt strips in the end.
  binaryen.setDebugInfo(true);
  const module = binaryen.readBinary(wasm);
  const functions = Array.from({ length: module.getNumFunctions() }, (_, index) =>
    module.getFunctionByIndex(index),
  );
  for (const each of functions) {
    const { name, results } = binaryen.getFunctionInfo(each);
    // 0 is Ok(()): were one called after all, a text would be shorter.
    if (FORMATTING.test(name) && results === binaryen.i32) setBody(binaryen, each, module.i32.const(0));
    if (PANICKING.test(name) && results === binaryen.none) setBody(binaryen, each, module.unreachable());
  }
  const result = module.emitBinary();
  module.dispose();
  return result;
}

/**
 * binaryen's types have `Function` on a module, where it is not, in place of the package itself, where it is.
 * @param {unknown} binaryen
 * @param {number} of
 * @param {number} body
 */
function setBody(binaryen, of, body) {
  const { Function: functions } = /** @type {{ Function: import('binaryen').default.Module['Function'] }} */ (
    binaryen
  );
  functions.setBody(of, body);
}
