// Cuts code out of the engine's wasm that can only ever format texts which nobody gets to see.

/**
 * serde words its own errors (`invalid type: floating point `0.5`, expected ...`). The engine does not use them: what
 * it is given it checks itself, to name the field (src/wasm/input.rs), so they are never made. But their wording
 * brings along the printing of floats and of escaped text. These functions write nothing instead, and return
 * `Ok(())`, which is 0: were one of them ever called, a text would be shorter.
 */
const WORDING = [/serde_core::de::Unexpected as .*Display>::fmt/];

/**
 * @param {Uint8Array} wasm with its names
 * @returns {Promise<Uint8Array>}
 */
export async function snip(wasm) {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.readBinary(wasm);
  for (const name of WORDING) {
    const found = functions(binaryen, module).filter((each) => name.test(binaryen.getFunctionInfo(each).name));
    if (found.length === 0) throw new Error(`build: no function ${name} to cut out; is it still needed?`);
    for (const each of found) binaryen.Function.setBody(each, module.i32.const(0));
  }
  const result = module.emitBinary();
  module.dispose();
  return result;
}

/**
 * @param {typeof import('binaryen').default} binaryen
 * @param {import('binaryen').default.Module} module
 */
function functions(binaryen, module) {
  return Array.from({ length: module.getNumFunctions() }, (_, index) => module.getFunctionByIndex(index));
}
