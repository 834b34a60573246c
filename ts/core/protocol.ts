// Numbers that cross between here and the engine. src/wasm/protocol.rs has them under the same
// names, and tests/ts/core/protocol.test.ts compares the two.

/** Answer to a submitted request: granted, and no permit was asked for. */
export const GRANTED = -1;
/** Answer to a submitted request: rejected; `takeError` has the error. */
export const REJECTED = -2;
/**
 * Answer to a submitted request: its slots may stand for other rules by now, so nothing was done.
 */
export const STALE = -3;
// Any other answer, 0 or more, is the ticket of a waiter or of a held permit.

/** Number of costs that fit into the cost buffer. */
export const COST_BUFFER_LENGTH = 32;
