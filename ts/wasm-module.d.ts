/** The build hands a wasm file over as base64 text. */
declare module '*.wasm' {
  const base64: string;
  export default base64;
}

/** Edge runtimes hand it over compiled. */
declare module '*.wasm?module' {
  const module: WebAssembly.Module;
  export default module;
}
