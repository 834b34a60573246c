import {
  type AnyRule,
  type ConfigPatch,
  InvalidConfigError,
  type PauseOptions,
  type ResumeOptions,
  type RulePatch,
} from '../index.js';
import type { Hub } from './hub.js';

type Cost = { [ruleId: string]: number };

/** The calls of members that concern all of them, by name. */
const CALLS = {
  view: () => undefined,
  addRule: (hub: Hub, rule: AnyRule) => hub.addRule(rule),
  removeRule: (hub: Hub, id: string) => hub.removeRule(id),
  updateRule: (hub: Hub, id: string, patch: RulePatch) => hub.updateRule(id, patch),
  setTokens: (hub: Hub, id: string, tokens: number) => hub.parts.throttler.setTokens(id, tokens),
  addTokens: (hub: Hub, id: string, tokens: number) => hub.parts.throttler.addTokens(id, tokens),
  reset: (hub: Hub) => hub.parts.throttler.reset(),
  pause: (hub: Hub, options?: PauseOptions) => hub.parts.throttler.pause(options),
  resume: (hub: Hub, options?: ResumeOptions) => hub.parts.throttler.resume(options),
  setMode: (hub: Hub, name: string, ms?: number) => hub.parts.throttler.setMode(name, ms),
  configure: (hub: Hub, patch: ConfigPatch) => hub.configure(patch),
  syncUsage: (hub: Hub, usage: Cost, options?: { exact?: boolean }) =>
    hub.parts.throttler.syncUsage(usage, options),
  syncClock: (hub: Hub, serverUnixMs: number, options?: { roundTrip?: number }) =>
    hub.parts.throttler.syncClock(serverUnixMs, options),
  estimateWait: (hub: Hub, cost: Cost, options?: object) =>
    hub.parts.throttler.estimateWait(cost, options),
} as const;

export type CallName = keyof typeof CALLS;

/**
 * Calls a method of a hub for a member.
 *
 * @throws an error of the engine
 */
export function callHub(hub: Hub, method: string, parameters: readonly unknown[]): unknown {
  const call = Object.hasOwn(CALLS, method) ? CALLS[method as CallName] : undefined;
  if (call === undefined) {
    throw new InvalidConfigError(`The hub has no method ${method}`, 'INVALID_CONFIG', {
      field: 'method',
      value: method,
    });
  }
  return (call as (hub: Hub, ...parameters: unknown[]) => unknown)(hub, ...parameters);
}
