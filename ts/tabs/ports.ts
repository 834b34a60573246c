import { definitionOf, type HubOptions, warn } from '../hub/config.js';
import { Member } from '../hub/member/member.js';
import { PortPlace } from '../hub/ports/place.js';
import type { MessagePortLike } from '../hub/ports/wire.js';
import { HubThrottler } from '../hub/throttler/throttler.js';
import { BACKGROUND } from '../hub/timers.js';
import { tellError } from '../shared/callback.js';
import { newName } from './names.js';

/** The options of {@link portThrottler}. */
export interface PortOptions<Id extends string = string>
  extends Omit<HubOptions<Id>, 'key' | 'timerWorker'> {
  /**
   * A `MessagePort` whose other side is served by {@link HubThrottler.serve}, and which is used for
   * nothing else.
   */
  readonly port: MessagePortLike;
}

/**
 * Makes a throttler that shares the limits of the program at the other side of a message port: for
 * workers, frames, threads of Node and windows of Electron that have no Web Locks, no sockets or
 * another origin. Rules and settings are those of the throttler that serves the port.
 *
 * When it stops to serve the port, requests reject with an error of code `PORT_CLOSED`; when that
 * program ends otherwise, they do so where ports tell it: in Node, Electron and newer browsers.
 * Elsewhere they wait.
 *
 * @throws {InvalidRuleError} a rule is invalid
 * @throws {InvalidConfigError} an option is unknown or invalid
 *
 * @example
 * onmessage = async ({ data: { port } }) => {
 *   const throttler = portThrottler({ port, rules });
 *   await throttler.throttle({ REQUEST_WEIGHT: 5 });
 * };
 */
export function portThrottler<const Id extends string = string>(
  options: PortOptions<Id>,
): HubThrottler<Id> {
  const definition = definitionOf({ ...options, key: 'port' } as HubOptions, ['port']);
  const { port, headers, unref = false, onError = warn } = options;
  const tell = (error: unknown) => tellError(onError, error, warn);
  const member = new Member({
    place: new PortPlace(port, unref),
    clock: BACKGROUND,
    name: newName(),
    definition,
    start: () => Promise.reject(new Error('the hub is at the other side of the port')),
    tell,
  });
  return new HubThrottler<Id>(member, headers);
}
