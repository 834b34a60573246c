// Reads sizes from a wasm file (WebAssembly Core Specification, chapter 5, Binary Format).

const SECTIONS = [
  'custom',
  'type',
  'import',
  'function',
  'table',
  'memory',
  'global',
  'export',
  'start',
  'element',
  'code',
  'data',
  'data count',
];

/** Reads bytes in order. */
export class Reader {
  /** @param {Uint8Array} bytes */
  constructor(bytes, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  byte() {
    return this.bytes[this.at++] ?? 0;
  }

  /** Reads a number in unsigned LEB128. */
  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  /** Reads a number of 32 bits in signed LEB128. */
  signed() {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return Number(BigInt.asIntN(Number(shift) + 7, value));
    }
  }

  text() {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.bytes.subarray(this.at - length, this.at));
  }
}

/**
 * @param {Uint8Array} wasm
 * @returns {{ name: string, start: number, size: number }[]}
 */
export function sections(wasm) {
  const reader = new Reader(wasm, 8);
  const found = [];
  while (reader.at < wasm.length) {
    const name = SECTIONS[reader.byte()] ?? 'unknown';
    const size = reader.number();
    found.push({ name, start: reader.at, size });
    reader.at += size;
  }
  return found;
}

/**
 * The total size of each kind of section, in bytes.
 * @param {Uint8Array} wasm
 */
export function sectionSizes(wasm) {
  /** @type {Map<string, number>} */
  const sizes = new Map();
  for (const { name, size } of sections(wasm)) sizes.set(name, (sizes.get(name) ?? 0) + size);
  return sizes;
}

/**
 * The code size of each function in bytes, with its name from the custom section `name`.
 * @param {Uint8Array} wasm
 * @returns {{ name: string, size: number }[]}
 */
export function functionSizes(wasm) {
  const names = functionNames(wasm);
  const imported = importedFunctions(wasm);
  const code = sections(wasm).find((section) => section.name === 'code');
  if (!code) return [];
  const reader = new Reader(wasm, code.start);
  return Array.from({ length: reader.number() }, (_, index) => {
    const size = reader.number();
    reader.at += size;
    return { name: names.get(imported + index) ?? '', size };
  });
}

/**
 * The names of functions by index, imported ones included.
 * @param {Uint8Array} wasm
 */
export function functionNames(wasm) {
  /** @type {Map<number, string>} */
  const names = new Map();
  for (const { start, size } of sections(wasm).filter((section) => section.name === 'custom')) {
    const reader = new Reader(wasm, start);
    if (reader.text() !== 'name') continue;
    while (reader.at < start + size) {
      const kind = reader.byte();
      const end = reader.number() + reader.at;
      // Subsection 1 holds function names.
      for (let count = kind === 1 ? reader.number() : 0; count > 0; count--) {
        names.set(reader.number(), reader.text());
      }
      reader.at = end;
    }
  }
  return names;
}

/** @param {Uint8Array} wasm */
function importedFunctions(wasm) {
  const module = new WebAssembly.Module(Uint8Array.from(wasm));
  return WebAssembly.Module.imports(module).filter(({ kind }) => kind === 'function').length;
}
