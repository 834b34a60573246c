import type { AnyRule, RequestPriority, RuleStatus, ThrottlerStats } from '../index.js';
import type { SharedConfig } from './config.js';
import type { PackedError } from './pack.js';

// The messages between members and their hub. Each is an array whose first element is its kind.

/** The version of the messages. Programs of different versions do not share a hub. */
export const PROTOCOL = 1;

/** Kinds of messages of a member. */
export const HELLO = 0;
export const REQUEST = 1;
export const CANCEL = 2;
export const PRIORITY = 3;
export const LATE = 4;
export const RELEASE = 5;
export const REPORT = 6;
export const CALL = 7;
export const PING = 8;
export const WATCH = 9;

/** Kinds of messages of a hub. */
export const WELCOME = 0;
export const GRANT = 1;
export const REJECT = 2;
export const RETURN = 3;
export const EVENT = 4;
export const PONG = 5;
export const QUEUED = 6;
export const RULES = 7;
export const LOST = 8;
export const REFUSED = 9;
export const VIEW = 10;

/** Rules and settings that all members of a hub share. */
export interface Definition {
  /** A higher version replaces the rules of a lower one. */
  readonly version: number;
  /** The rules and settings of the version as programs were given them, to compare. */
  readonly origin: string;
  /** The rules, with the changes that were made since. */
  readonly rules: readonly AnyRule[];
  readonly config: SharedConfig;
}

/** A permit that a member holds, with its costs. */
export type HeldByMember = readonly [id: number, cost: unknown];

export interface Hello {
  readonly protocol: number;
  /** The name of the member, the same for all its connections. */
  readonly member: string;
  readonly definition: unknown;
  readonly held: readonly HeldByMember[];
  /** The names of the events that the member wants. */
  readonly watch: readonly string[];
  /** When the message was sent, on the clock of the member. */
  readonly sentAt: number;
}

/** How a permit ends. */
export type Release =
  | readonly [mode: 'done']
  | readonly [mode: 'refund']
  | readonly [mode: 'cost', cost: unknown];

export type MemberMessage =
  | readonly [typeof HELLO, Hello]
  | readonly [typeof REQUEST, id: number, cost: unknown, isForPermit: 0 | 1, options: unknown]
  | readonly [typeof CANCEL, id: number]
  | readonly [typeof PRIORITY, id: number, priority: RequestPriority]
  | readonly [typeof LATE, id: number]
  | readonly [typeof RELEASE, id: number, how: Release]
  | readonly [typeof REPORT, report: unknown, permit: number | null]
  | readonly [typeof CALL, id: number, method: string, parameters: unknown]
  | readonly [typeof PING, sentAt: number]
  | readonly [typeof WATCH, events: readonly string[]];

/** The state of a hub as its members show it. */
export interface HubView {
  readonly status: { readonly [ruleId: string]: RuleStatus };
  readonly stats: ThrottlerStats;
  readonly mode: string;
  /** The number of connected members. */
  readonly members: number;
}

export interface Welcome {
  /** The name of the hub, another one for each. */
  readonly epoch: string;
  /** Packed: see {@link Definition}. */
  readonly definition: unknown;
  /** Packed: see {@link HubView}. */
  readonly view: unknown;
  /** `sentAt` of the hello. */
  readonly sentAt: number;
  /** The clock of the hub when the hello had arrived. */
  readonly heardAt: number;
}

export type HubMessage =
  | readonly [typeof WELCOME, Welcome]
  /** `delivery`: milliseconds within which the grant has to arrive; null for any time. */
  | readonly [typeof GRANT, id: number, waited: number, delivery: number | null]
  | readonly [typeof REJECT, id: number, error: PackedError]
  | readonly [typeof RETURN, id: number, error: PackedError | null, value: unknown, view: unknown]
  | readonly [typeof EVENT, event: unknown]
  | readonly [typeof PONG, sentAt: number, heardAt: number]
  | readonly [typeof QUEUED, id: number]
  | readonly [typeof RULES, definition: unknown]
  | readonly [typeof LOST, id: number]
  | readonly [typeof REFUSED, error: PackedError]
  | readonly [typeof VIEW, view: unknown];
