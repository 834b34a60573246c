/** Reads and checks cost tables: copies, which later changes of what was passed do not reach. */

import { checkFields, invalidConfig } from '../../index.js';
import type { AnswerCost, Cost, CostTerms, Derived, Steps } from '../../shared/cost.js';

type Read<T> = (field: string, value: unknown) => T;

/** Keys of tables: `METHOD /path` or `METHOD https://host/path`. */
export const ENDPOINT = /^[A-Z]+ (https?:\/)?\/\S*$/;

/** Returns costs by rule id, in their order. */
export function readCosts(field: string, value: unknown): [string, Cost][] {
  return Object.entries(readRecord(field, value, readCost));
}

/** Returns parameters that are made of others, with their patterns compiled. */
export function readDerived(value: unknown): Derived | undefined {
  if (value === undefined) return undefined;
  return readRecord('derived', value, (field, entry) => {
    if (!Array.isArray(entry) || entry.length !== 3)
      throw invalidConfig(field, 'three texts', entry);
    const [from, pattern, to] = entry.map((text, i) => readText(`${field}[${i}]`, text)) as [
      string,
      string,
      string,
    ];
    return [from, new RegExp(pattern), to] as const;
  });
}

const FIELDS: { readonly [F in keyof CostTerms]-?: Read<CostTerms[F]> } = {
  batch: (field, value) => {
    if (!Array.isArray(value) || value.length !== 3)
      throw invalidConfig(field, 'a parameter and two numbers', value);
    return [
      readText(`${field}[0]`, value[0]),
      readAmount(`${field}[1]`, value[1]),
      readMost(`${field}[2]`, value[2]),
    ];
  },
  unless: (field, value) => readPair(field, value, readPattern),
  noCoin: readAmount,
  byValue: (field, value) =>
    readPair(field, value, (path, costs) => readRecord(path, costs, readCost)),
  given: (field, value) => readRecord(field, value, readCost),
  byCount: (field, value) => readPair(field, value, readSteps),
  missing: (field, value) => readRecord(field, value, readCost),
  noSymbol: readAmount,
  byLimit: readSteps,
  byAmount: (field, value) => readPair(field, value, readSteps),
  perItem: (field, value) => {
    if (!Array.isArray(value) || value.length !== 3) return readPair(field, value, readAmount);
    const [name, cost] = readPair(field, value.slice(0, 2), readAmount);
    return [name, cost, readPositive(`${field}[2]`, value[2])];
  },
  once: readFlag,
  default: readAmount,
  plus: readAmount,
  answer: readAnswer,
  atMost: readAmount,
};

function readCost(field: string, value: unknown): Cost {
  if (typeof value !== 'object' || value === null) return readAmount(field, value);
  checkFields(value, Object.keys(FIELDS), field, `${field}.`);
  const read = Object.entries(FIELDS).map(([name, readField]) => {
    const given = (value as { [name: string]: unknown })[name];
    return [
      name,
      given === undefined ? undefined : (readField as Read<unknown>)(`${field}.${name}`, given),
    ];
  });
  // With all fields, also those that are not given, so that all costs have one shape in memory.
  return Object.fromEntries(read) as CostTerms;
}

function readAnswer(field: string, value: unknown): AnswerCost {
  if (typeof value !== 'object' || value === null) throw invalidConfig(field, 'an object', value);
  checkFields(value, ['cost', 'every', 'most'], field, `${field}.`);
  const { cost, every, most } = value as { [name: string]: unknown };
  return {
    cost: readAmount(`${field}.cost`, cost),
    every: readPositive(`${field}.every`, every),
    most: readAmount(`${field}.most`, most),
  };
}

/** Returns what an object has by name, each entry read. */
export function readRecord<T>(field: string, value: unknown, read: Read<T>): { [name: string]: T } {
  if (typeof value !== 'object' || value === null) throw invalidConfig(field, 'an object', value);
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      read(`${field}[${JSON.stringify(name)}]`, entry),
    ]),
  );
}

function readSteps(field: string, value: unknown): Steps {
  if (!Array.isArray(value) || value.length === 0)
    throw invalidConfig(field, 'a list of pairs', value);
  return value.map((step, i) => {
    if (!Array.isArray(step) || step.length !== 2)
      throw invalidConfig(`${field}[${i}]`, 'a pair', step);
    return [readAmount(`${field}[${i}][0]`, step[0]), readAmount(`${field}[${i}][1]`, step[1])];
  });
}

/** A parameter's name and what goes by it. */
function readPair<T>(field: string, value: unknown, read: Read<T>): [string, T] {
  if (!Array.isArray(value) || value.length !== 2) throw invalidConfig(field, 'a pair', value);
  return [readText(`${field}[0]`, value[0]), read(`${field}[1]`, value[1])];
}

/** Returns a number of 0 or more. */
export function readAmount(field: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) return value;
  throw invalidConfig(field, 'a finite number of 0 or more', value);
}

/** A greatest number, which may be infinite. */
function readMost(field: string, value: unknown): number {
  return value === Number.POSITIVE_INFINITY ? value : readAmount(field, value);
}

function readFlag(field: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalidConfig(field, 'a boolean', value);
}

function readPositive(field: string, value: unknown): number {
  const amount = readAmount(field, value);
  if (amount > 0) return amount;
  throw invalidConfig(field, 'a number above 0', value);
}

/** Returns the text of a regular expression. */
function readPattern(field: string, value: unknown): string {
  const pattern = readText(field, value);
  try {
    new RegExp(pattern);
  } catch {
    throw invalidConfig(field, 'a regular expression', value);
  }
  return pattern;
}

/** Returns a text that is not empty. */
export function readText(field: string, value: unknown): string {
  if (typeof value === 'string' && value !== '') return value;
  throw invalidConfig(field, 'a text', value);
}
