/** The part of a throttler that is watched. Reading it changes nothing. */
export interface Watched {
  getStatus(): {
    readonly [ruleId: string]: {
      readonly tokens: number;
      readonly capacity: number;
      readonly scope?: 'account';
    };
  };
  getStats(): {
    readonly granted: number;
    readonly rejected: { readonly [code: string]: number };
    readonly aborted: number;
    readonly waiting: { readonly critical: number; readonly normal: number; readonly low: number };
    readonly wait: {
      readonly p50: number;
      readonly p95: number;
      readonly p99: number;
      readonly max: number;
    };
    readonly peakUtilization: { readonly [ruleId: string]: number };
    readonly throttleFactor: number;
    readonly mode: string;
    readonly consecutive429: number;
    readonly pausedUntil: number | null;
  };
  getRule(ruleId: string): object | undefined;
  /** Absent where the engine is elsewhere. */
  readonly modes?: WatchedModes;
  /** Waits of the oldest waiter of each class, in milliseconds. Absent as above. */
  longestWaits?(): readonly number[];
  /** Absent where the engine is elsewhere: pauses are then those that events tell. */
  snapshotPart?(from: number, count: number): WatchedSnapshot | undefined;
  on(
    event: 'queue',
    listener: (event: { priority: 'critical' | 'normal' | 'low' }) => void,
  ): () => void;
  on(event: 'threshold', listener: (event: { rule: string; level: number }) => void): () => void;
  on(event: 'pause', listener: (event: WatchedPause) => void): () => void;
  on(
    event: 'resume',
    listener: (event: { rules: readonly string[] | undefined }) => void,
  ): () => void;
  on(event: 'mode', listener: (event: { mode: string }) => void): () => void;
}

/** A pause as its event reports it. */
export interface WatchedPause {
  readonly rules: readonly string[] | undefined;
  readonly until: number;
  readonly status: number | undefined;
}

/** The part of a snapshot that is read. */
export interface WatchedSnapshot {
  readonly savedAt: number;
  readonly clockOffset: number;
  readonly modeEndsIn: number | null;
  readonly pausedFor: number | null;
  readonly bans: number;
  readonly backoffFor: number | null;
  readonly rules: {
    readonly [ruleId: string]: { readonly used: number[]; readonly pausedFor: number | null };
  };
}

/** The margins of modes, by name: as they were given to the throttler. */
export interface WatchedModes {
  readonly [name: string]: { readonly reserve?: number | undefined };
}
