import type { Throttler } from '../index.js';

/** `HTMLElement`, where the program has the types of a page. */
type PageElement = typeof globalThis extends { HTMLElement: { prototype: infer T extends object } }
  ? T
  : object;

/** The element `<throttler-dashboard>`. */
export interface ThrottlerDashboard extends PageElement {
  /** A throttler of the same page. It takes precedence over `src`. */
  // biome-ignore lint/suspicious/noExplicitAny: a throttler of any rules
  throttler: Throttler<any> | undefined;
  /**
   * Modes whose names become buttons, and whose reserves are shown. A monitor names its modes
   * itself.
   *
   * @defaultValue undefined: those of `throttler`; none for one whose engine is elsewhere, as that
   *   of `multi-throttler/tabs`
   */
  modes: { readonly [name: string]: { readonly reserve?: number | undefined } } | undefined;
  /** The address of a monitor, without `/events`; also an attribute. */
  src: string | null;
  /**
   * The name of the throttler to show, of a monitor with several; also an attribute.
   *
   * @defaultValue the first one
   */
  name: string | null;
  /**
   * The names of modes that need a confirmation, with commas between them; also an attribute.
   *
   * @defaultValue `'liquidation'`
   */
  confirm: string;
  /**
   * Whether there are no controls; the attribute is `read-only`.
   *
   * @defaultValue false
   */
  readOnly: boolean;
  /**
   * The colours; also an attribute.
   *
   * @defaultValue null: those that the user prefers
   */
  theme: 'light' | 'dark' | null;
}

declare global {
  interface HTMLElementTagNameMap {
    'throttler-dashboard': ThrottlerDashboard;
  }
}

/** The bundler runs the module at this call only: its libraries need a page. */
declare function require(path: './element.js'): typeof import('./element.js');

/**
 * Defines the element. Importing the module does it with the usual name, where there is a page;
 * elsewhere, such as on a server, the import does nothing. Idempotent.
 *
 * @param name the name of the element
 *
 * @example
 * defineDashboard('my-dashboard');
 */
export function defineDashboard(name = 'throttler-dashboard'): void {
  if (typeof document === 'undefined' || customElements.get(name) !== undefined) return;
  const { DashboardElement } = require('./element.js');
  // A class can be defined under one name only.
  customElements.define(name, class extends DashboardElement {});
}

defineDashboard();
