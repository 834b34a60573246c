import { invalidConfig } from '../index.js';
import type { Definition } from './shared-rules.js';

/** The part of each limit that is set aside for processes that cannot reach the server. */
export interface SetAside {
  /**
   * The fraction of each limit that is set aside, above 0 and below 1. The server gives the rest
   * alone, whether it can be reached or not.
   */
  readonly reserve: number;
  /**
   * The fraction of each limit that one process may spend while it cannot reach the server, above 0
   * and at most `reserve`. No more than `reserve / share` processes may run at the same time.
   */
  readonly share: number;
}

/** A rounding error of a product of a limit and a fraction. */
const ROUNDING = 1e-9;

const ROLLING = 1;
const BUCKET = 2;
const FIRST = 4;
const SPACING = 6;

/** The number of processes whose shares are together at most what is set aside. */
export const processesOf = ({ reserve, share }: SetAside): number =>
  Math.floor(reserve / share + ROUNDING);

/**
 * Returns the definition by which the ledger gives claims of the rest, and a process counts its
 * share.
 *
 * @throws {InvalidConfigError} nothing would be left of the rule
 */
export function splitDefinition(rule: Definition, { reserve, share }: SetAside): Definition {
  const { k, l, r } = rule;
  // Requests of such a rule have to be spaced by one middle.
  if (k === SPACING) return rule;
  if (k === BUCKET) {
    const rest = 1 - reserve;
    const tokens = rule.t === undefined ? {} : { t: rule.t * rest };
    return { ...rule, l: l * rest, r: r * rest, ...tokens, s: l * share, o: l };
  }
  const left = Math.floor(l - Math.ceil(l * reserve - ROUNDING));
  if (left < 1) {
    const rest = `a reserve that leaves a token of the rule ${rule.id}, of limit ${l}`;
    throw invalidConfig('whenUnreachable', rest, reserve);
  }
  return {
    ...rule,
    // The server's windows may be opened by requests that the ledger never hears of.
    k: k === FIRST ? ROLLING : k,
    l: left,
    s: Math.floor(l * share + ROUNDING),
    o: l,
  };
}

/** @throws {InvalidConfigError} it is neither `'wait'` nor a part that can be set aside */
export function checkSetAside(value: unknown): SetAside | undefined {
  if (value === 'wait') return undefined;
  const { reserve, share, ...others } = Object(value) as { [field: string]: unknown };
  const isPart =
    typeof reserve === 'number' &&
    typeof share === 'number' &&
    reserve > 0 &&
    reserve < 1 &&
    share > 0 &&
    share <= reserve;
  if (isPart && Object.keys(others).length === 0) return { reserve, share };
  const meant = "'wait', or { reserve, share } with 0 < share <= reserve < 1";
  throw invalidConfig('whenUnreachable', meant, value);
}
