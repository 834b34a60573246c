// Finds data of a wasm module that its code no longer refers to: texts of panics and tables of the
// formatting functions that scripts/build/snip.mjs has cut out. The linker had placed them before.

import { Reader, sections } from '../lib/wasm-file.mjs';

/** The length of what precedes the sections. */
const HEADER = 8;

// A segment begins with its kind and, as code, its address.
const ACTIVE = 0;
const I32_CONST = 0x41;
const END = 0x0b;
/** The most bytes that a further segment takes: a shorter gap is not worth it. */
const SEGMENT_HEADER = 9;
/** The most by which optimisation may change an address that code adds an index to. */
const NEAR = 64;

// Kinds of relocations and symbols (WebAssembly tool conventions, Linking.md).
const TO_MEMORY = new Set([3, 4, 5]);
/** Relocations with an addend. */
const WITH_ADDEND = new Set([3, 4, 5, 8, 9, 11, 14, 15, 16, 17, 22, 23]);
const DATA_SYMBOL = 1;
const SYMBOL_TABLE = 8;
const UNDEFINED = 0x10;
const EXPLICIT_NAME = 0x40;
const ABSOLUTE = 0x200;

/**
 * @typedef {object} Symbol
 * @property {number} start address
 * @property {number} end
 * @property {Symbol[]} targets those whose addresses its bytes hold
 */

/**
 * Returns the module that the linker wrote, without the sections about its relocations, which no
 * other tool expects.
 * @param {Uint8Array} linked
 */
export function withoutRelocations(linked) {
  const parts = [linked.subarray(0, HEADER)];
  let from = HEADER;
  for (const { name, start, size } of sections(linked)) {
    const isOurs =
      name === 'custom' && /^(linking|reloc\..+)$/.test(new Reader(linked, start).text());
    if (!isOurs) parts.push(linked.subarray(from, start + size));
    from = start + size;
  }
  return Buffer.concat(parts);
}

/**
 * Returns a module without its dead data: segments are cut into parts.
 * @param {Uint8Array} wasm after optimisation
 * @param {Uint8Array} linked the module that the linker wrote
 */
export async function withoutDeadData(wasm, linked) {
  const dead = deadData(linked, await constantsOf(wasm));
  const parts = readSegments(wasm).flatMap(({ address, from, size }) => {
    const kept = without({ start: address, end: address + size }, dead);
    return kept.map(({ start, end }) => ({
      address: start,
      bytes: wasm.subarray(from + start - address, from + end - address),
    }));
  });
  const segments = parts.map(({ address, bytes }) =>
    Buffer.concat([
      Buffer.from([ACTIVE, I32_CONST, ...signed(address), END, ...unsigned(bytes.length)]),
      bytes,
    ]),
  );
  const count = Buffer.from(unsigned(parts.length));
  const contents = new Map([
    ['data count', count],
    ['data', Buffer.concat([count, ...segments])],
  ]);
  const result = [wasm.subarray(0, HEADER)];
  let from = HEADER;
  for (const { name, start, size } of sections(wasm)) {
    const content = contents.get(name);
    if (content === undefined) result.push(wasm.subarray(from, start + size));
    else {
      result.push(Buffer.from([wasm[from] ?? 0, ...unsigned(content.length)]), content);
    }
    from = start + size;
  }
  return Buffer.concat(result);
}

/**
 * Returns a number in unsigned LEB128.
 * @param {number} number
 * @returns {number[]}
 */
function unsigned(number) {
  return number < 128 ? [number] : [(number & 127) | 128, ...unsigned(number >>> 7)];
}

/**
 * Returns a number in signed LEB128.
 * @param {number} number from 0 to 2^31 - 1
 * @returns {number[]}
 */
function signed(number) {
  return number < 64 ? [number] : [(number & 127) | 128, ...signed(number >>> 7)];
}

/**
 * Returns all numbers in the code of a module that may be addresses: constants and offsets.
 * @param {Uint8Array} wasm
 */
async function constantsOf(wasm) {
  const { default: binaryen } = await import('binaryen');
  const module = binaryen.readBinary(wasm);
  const text = module.emitText();
  module.dispose();
  const constants = new Set();
  for (const [, number] of text.matchAll(/\b(?:i32\.const |offset=)(-?\d+)/g)) {
    constants.add(Number(number));
  }
  // Two numbers that are stored at once.
  for (const [, number] of text.matchAll(/\bi64\.const (-?\d+)/g)) {
    const both = BigInt.asUintN(64, BigInt(number ?? ''));
    for (const half of [both & 0xffff_ffffn, both >> 32n]) constants.add(Number(half));
  }
  return constants;
}

/**
 * Returns the ranges of addresses of dead data.
 *
 * A symbol of data is live if the final code has a number that may be an address of it: one that
 * the linker has written into code for this symbol, or one within it, as code after optimisation
 * may have added an offset. So is data whose address is in live data.
 * @param {Uint8Array} linked module with relocations
 * @param {Set<number>} constants all numbers in the final code: constants and offsets
 * @returns {{ start: number, end: number }[]}
 */
function deadData(linked, constants) {
  const { symbols, references } = readLinked(linked);
  /** @type {Set<Symbol>} */
  const live = new Set();
  /** @type {Symbol[]} */
  const found = [];
  const mark = (/** @type {Symbol | undefined} */ symbol) => {
    if (symbol === undefined || live.has(symbol)) return;
    live.add(symbol);
    found.push(symbol);
  };
  for (const constant of constants) {
    for (const each of symbols) if (each.start <= constant && constant < each.end) mark(each);
  }
  const numbers = [...constants];
  for (const { symbol, address } of references) {
    // An address outside, to which code adds an index, may have become another one nearby.
    const isOutside = address < symbol.start || address > symbol.end;
    const isNear = (/** @type {number} */ each) => Math.abs(each - address) <= NEAR;
    if (constants.has(address) || (isOutside && numbers.some(isNear))) mark(symbol);
  }
  for (let symbol = found.pop(); symbol !== undefined; symbol = found.pop()) {
    symbol.targets.forEach(mark);
  }
  // What no symbol covers is alignment.
  const first = Math.min(...symbols.map(({ start }) => start));
  const last = Math.max(...symbols.map(({ end }) => end));
  const dead = without({ start: first, end: last }, [...live]);
  return dead.filter(({ start, end }) => end - start > SEGMENT_HEADER);
}

/**
 * Returns the parts of a range that overlap no other.
 * @param {{ start: number, end: number }} range
 * @param {readonly { start: number, end: number }[]} others
 */
function without(range, others) {
  let parts = [{ start: range.start, end: range.end }];
  for (const { start, end } of others) {
    parts = parts.flatMap((part) => [
      { start: part.start, end: Math.min(part.end, start) },
      { start: Math.max(part.start, end), end: part.end },
    ]);
    parts = parts.filter((part) => part.start < part.end);
  }
  return parts;
}

/**
 * Returns the symbols of data, and the addresses that the linker has written into code.
 * @param {Uint8Array} linked
 */
function readLinked(linked) {
  const all = sections(linked);
  const custom = all
    .filter(({ name }) => name === 'custom')
    .map(({ start, size }) => {
      const reader = new Reader(linked, start);
      return { name: reader.text(), reader, end: start + size };
    });
  const named = (/** @type {string} */ name) => {
    const section = custom.find((each) => each.name === name);
    if (section === undefined) throw new Error(`build: the linker wrote no section ${name}`);
    return section;
  };
  const segments = readSegments(linked, all);
  const table = readSymbols(named('linking'), segments);
  const symbols = table.filter((symbol) => symbol !== undefined);
  const references = readRelocations(named('reloc.CODE').reader, table);
  const start = all.find(({ name }) => name === 'data')?.start ?? 0;
  for (const { symbol, offset } of readRelocations(named('reloc.DATA').reader, table)) {
    // The address of the place that holds the reference.
    const place = segments.find(
      ({ from, size }) => offset + start >= from && offset + start < from + size,
    );
    if (place === undefined) throw new Error('build: a relocation outside of all data');
    const at = place.address + offset + start - place.from;
    for (const holder of symbols) {
      if (holder.start <= at && at < holder.end) holder.targets.push(symbol);
    }
  }
  return { symbols, references };
}

/**
 * @param {Uint8Array} linked
 * @param {ReturnType<typeof sections>} all
 * @returns {{ address: number, from: number, size: number }[]} `from` is the place in the file
 */
function readSegments(linked, all = sections(linked)) {
  const data = all.find(({ name }) => name === 'data');
  if (data === undefined) return [];
  const reader = new Reader(linked, data.start);
  return Array.from({ length: reader.number() }, () => {
    const isActive = reader.number() === ACTIVE;
    if (!isActive || reader.byte() !== I32_CONST)
      throw new Error('build: a segment without an address');
    const address = reader.signed();
    reader.byte();
    const size = reader.number();
    const segment = { address, from: reader.at, size };
    reader.at += size;
    return segment;
  });
}

/**
 * Returns the symbol table, in which other symbols than those of data are undefined.
 * @param {{ reader: Reader, end: number }} linking
 * @param {{ address: number }[]} segments
 * @returns {(Symbol | undefined)[]}
 */
function readSymbols({ reader, end }, segments) {
  reader.number();
  while (reader.at < end) {
    const kind = reader.byte();
    const until = reader.number() + reader.at;
    if (kind === SYMBOL_TABLE) {
      return Array.from({ length: reader.number() }, () => readSymbol(reader, segments));
    }
    reader.at = until;
  }
  throw new Error('build: the linker wrote no symbols');
}

/**
 * @param {Reader} reader
 * @param {{ address: number }[]} segments
 * @returns {Symbol | undefined}
 */
function readSymbol(reader, segments) {
  const kind = reader.byte();
  const flags = reader.number();
  if (kind === DATA_SYMBOL) {
    reader.text();
    if (flags & UNDEFINED) return undefined;
    const [index, offset, size] = [reader.number(), reader.number(), reader.number()];
    const start = flags & ABSOLUTE ? offset : (segments[index]?.address ?? Number.NaN) + offset;
    return { start, end: start + size, targets: [] };
  }
  reader.number();
  // A section (3) has no name; that of an undefined function, global, event or table is its import.
  if (kind !== 3 && (!(flags & UNDEFINED) || flags & EXPLICIT_NAME)) reader.text();
  return undefined;
}

/**
 * Returns the relocations of a section that are addresses of data.
 * @param {Reader} reader
 * @param {(Symbol | undefined)[]} table
 */
function readRelocations(reader, table) {
  reader.number();
  const found = [];
  for (let count = reader.number(); count > 0; count--) {
    const kind = reader.byte();
    const offset = reader.number();
    const symbol = table[reader.number()];
    const addend = WITH_ADDEND.has(kind) ? reader.signed() : 0;
    if (TO_MEMORY.has(kind) && symbol !== undefined) {
      found.push({ symbol, offset, address: symbol.start + addend });
    }
  }
  return found;
}
