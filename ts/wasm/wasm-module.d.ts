/**
 * The build passes a wasm file as text, with a decoder in base64: see scripts/build/text.mjs.
 */
declare module '*.wasm' {
  export const text: string;
  export const decoder: string;
}

/** Edge runtimes pass it compiled. */
declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}
