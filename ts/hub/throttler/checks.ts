import { invalidConfig, type Priority } from '../../index.js';

const PRIORITIES: readonly Priority[] = ['critical', 'normal', 'low'];

/** @throws {InvalidConfigError} there is no such class */
export function checkClass(priority: Priority): void {
  if (!PRIORITIES.includes(priority))
    throw invalidConfig('priority', 'one of critical, normal, low', priority);
}

/** @throws {InvalidConfigError} it is no function */
export function checkFunction(field: string, value: unknown): void {
  if (typeof value !== 'function') throw invalidConfig(field, 'a function', value);
}
