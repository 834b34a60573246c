import { definitionOf, type HubOptions, warn } from '../hub/config.js';
import { Member } from '../hub/member/member.js';
import { startHub } from '../hub/start.js';
import { HubThrottler } from '../hub/throttler/throttler.js';
import { BACKGROUND } from '../hub/timers.js';
import { invalidConfig } from '../index.js';
import { fileStore, takenFileStore } from '../persist/index.js';
import { tellError } from '../shared/callback.js';
import { addressOf } from './folder.js';
import { modules } from './modules.js';
import { LocalPlace } from './place.js';

export type { HubOptions } from '../hub/config.js';
export type { MessagePortLike } from '../hub/ports/wire.js';
export { HubThrottler } from '../hub/throttler/throttler.js';
export type { HubEvents, HubRuleStatus, HubStats } from '../hub/throttler/types.js';

/** The options of {@link localThrottler}. */
export interface LocalOptions<Id extends string = string>
  extends Omit<HubOptions<Id>, 'timerWorker'> {
  /**
   * The folder with the state of all keys, the same for all processes. It belongs to this user and
   * is closed to others. Not on a network drive.
   *
   * @defaultValue `multi-throttler` in `$XDG_STATE_HOME` or `~/.local/state`; in `%LOCALAPPDATA%`
   *   under Windows
   */
  readonly folder?: string | undefined;
}

/**
 * Makes a throttler that all processes of this user on this machine share which give the same key:
 * no server is needed. The engine runs in one of them, the hub; when that ends, or is killed,
 * another one takes over within a moment, and usage is kept. For Node, Bun and Deno.
 *
 * Requests can be made at once: they wait until the hub has answered.
 *
 * @throws {InvalidRuleError} a rule is invalid
 * @throws {InvalidConfigError} an option is unknown or invalid
 * @throws {ThrottlerError} of code `NEEDS_NODE`: the runtime has no sockets; of code `FOLDER_OPEN`:
 *   other users can use the folder; of code `SECRET_DAMAGED`: its file `secret` was cut off
 *
 * @example
 * const throttler = localThrottler({
 *   key: 'binance:my-address',
 *   rules: [fixedWindow({ id: 'REQUEST_WEIGHT', limit: 6000, interval: 60_000, jitter: 50 })],
 * });
 * await throttler.throttle({ REQUEST_WEIGHT: 5 });
 */
export function localThrottler<const Id extends string = string>(
  options: LocalOptions<Id>,
): HubThrottler<Id> {
  const definition = definitionOf(options as HubOptions, ['folder']);
  const { key, folder, headers, unref = false, onError = warn } = options;
  if (folder !== undefined && (typeof folder !== 'string' || folder === ''))
    throw invalidConfig('folder', 'a path', folder);
  const node = modules();
  const address = addressOf(node, key, folder);
  const tell = (error: unknown) => tellError(onError, error, warn);
  const member = new Member({
    place: new LocalPlace(node, address, unref),
    relayPlace: () => new LocalPlace(node, address, true),
    clock: BACKGROUND,
    name: node.crypto.randomBytes(8).toString('hex'),
    definition,
    start: (current, epoch, isStolen) =>
      startHub({
        definition: current,
        epoch,
        store: (isStolen ? takenFileStore : fileStore)(address.state),
        config: { unref: true },
        tell,
      }),
    tell,
  });
  return new HubThrottler<Id>(member, headers);
}
