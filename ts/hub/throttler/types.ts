import type { RuleStatus, ThrottlerEvents, ThrottlerStats } from '../../index.js';

/** The status of a rule by the last answer of the hub. */
export interface HubRuleStatus extends RuleStatus {
  /** The age of the answer in milliseconds. */
  age: number;
}

/** The counts of this member, with the state of the hub by its last answer. */
export interface HubStats extends ThrottlerStats {
  shared: {
    /** The name of the hub, another one for each; undefined before the first. */
    epoch: string | undefined;
    /** Whether the hub is in this program. */
    isHub: boolean;
    /** Whether there is a connection to the hub. */
    isConnected: boolean;
    /** The number of members, this one included. */
    members: number;
    /** The number of grants that came too late and were asked for anew. */
    late: number;
  };
}

/** The events of a throttler with a hub, by name. */
export interface HubEvents extends ThrottlerEvents {
  /** The connection to a hub is there. */
  connect: { readonly type: 'connect' };
  /** The connection to the hub has ended. Requests wait for the next hub. */
  disconnect: { readonly type: 'disconnect' };
  /** Another hub has taken over. */
  epoch: { readonly type: 'epoch'; readonly epoch: string };
  /** The rules or settings have changed, here or in another member. */
  rules: { readonly type: 'rules' };
}

/** The names of all events. */
export const EVENTS: readonly (keyof HubEvents)[] = [
  'grant',
  'queue',
  'reject',
  'mode',
  'pause',
  'resume',
  'sync',
  'threshold',
  'idle',
  'connect',
  'disconnect',
  'epoch',
  'rules',
];
