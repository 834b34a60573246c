import { checkFields, invalidConfig, type Mode, type Throttler } from '../index.js';

/** A throttler, or throttlers by name. */
export type Monitored =
  // biome-ignore lint/suspicious/noExplicitAny: throttlers of any rules
  Throttler<any> | { readonly [name: string]: Throttler<any> };

/** A registry of metrics, such as `register` of prom-client. */
export interface MetricsRegistry {
  readonly contentType: string;
  metrics(): Promise<string> | string;
}

/** The options of {@link createMonitorHandler}. */
export interface MonitorOptions {
  /**
   * The token that commands (`POST`) need: `Authorization: Bearer <token>`. Not empty; better long
   * and random, such as `crypto.randomUUID()`.
   *
   * @defaultValue none: the monitor takes no commands
   */
  readonly token?: string | undefined;
  /**
   * The origins of other sites whose pages may read the monitor, and command it with the token,
   * such as `'https://desk.example'`.
   *
   * @defaultValue none: only pages of the monitor's own origin
   */
  readonly origin?: string | readonly string[] | undefined;
  /**
   * Modes whose names become buttons of the dashboard, and whose reserves are shown.
   *
   * @defaultValue those of the throttler; none for one whose engine is elsewhere, as that of
   *   `multi-throttler/local`
   */
  readonly modes?: { readonly [name: string]: Mode } | undefined;
  /**
   * The registry that answers `GET metrics`; see `multi-throttler/metrics`.
   *
   * @defaultValue none: `GET metrics` is 404
   *
   * @example
   * import client from 'prom-client';
   * createMonitorHandler(throttler, { registry: client.register });
   */
  readonly registry?: MetricsRegistry | undefined;
}

/** The options, checked. */
export interface Settings {
  readonly token: string | undefined;
  readonly origins: readonly string[];
  readonly modes: { readonly [name: string]: Mode } | undefined;
  readonly registry: MetricsRegistry | undefined;
}

/** @throws {InvalidConfigError} an option is invalid or unknown */
export function readOptions(options: MonitorOptions): Settings {
  checkFields(options, ['token', 'origin', 'modes', 'registry'], 'options of a monitor');
  const { token, origin = [], modes, registry } = options;
  if (token !== undefined && (typeof token !== 'string' || token === ''))
    throw invalidConfig('token', 'a text that is not empty', typeof token === 'string' ? '' : {});
  const origins = typeof origin === 'string' ? [origin] : origin;
  for (const each of origins) {
    if (originOf(each) !== each)
      throw invalidConfig('origin', 'an origin such as "https://desk.example"', each);
  }
  if (modes !== undefined && (typeof modes !== 'object' || modes === null))
    throw invalidConfig('modes', 'an object of modes by name', modes);
  if (registry !== undefined && typeof registry?.metrics !== 'function')
    throw invalidConfig('registry', 'a registry of prom-client', registry);
  return { token, origins, modes, registry };
}

/** Returns the origin of an address, as browsers write it; undefined if it is no address. */
export function originOf(address: unknown): string | undefined {
  try {
    return new URL(String(address)).origin;
  } catch {
    return undefined;
  }
}

/** The name of a throttler that was given without one. */
const ONLY = 'default';

/**
 * Returns the throttlers by name.
 *
 * @throws {InvalidConfigError} there is none, or one of them is no throttler
 */
// biome-ignore lint/suspicious/noExplicitAny: throttlers of any rules
export function throttlersOf(monitored: Monitored): [string, Throttler<any>][] {
  const all = isThrottler(monitored) ? [[ONLY, monitored] as const] : entriesOf(monitored);
  if (all.length === 0)
    throw invalidConfig('throttler', 'a throttler, or several by name', monitored);
  return all.map(([name, throttler]) => {
    if (!isThrottler(throttler))
      throw invalidConfig('throttler', 'a throttler, or several by name', throttler);
    return [name, throttler];
  });
}

function entriesOf(monitored: unknown): [string, unknown][] {
  return typeof monitored === 'object' && monitored !== null ? Object.entries(monitored) : [];
}

/** Not `instanceof`, as a program may have a copy of the class for each format of the package. */
// biome-ignore lint/suspicious/noExplicitAny: throttlers of any rules
function isThrottler(value: unknown): value is Throttler<any> {
  return typeof (value as { getStatus?: unknown } | null | undefined)?.getStatus === 'function';
}
