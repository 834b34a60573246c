import { ThrottlerError } from '../../index.js';
import type { AheadStore, Slot, Store } from '../store.js';
import { asideOf, atEndOfPage, claim } from './page.js';

/**
 * The `localStorage` of a page, under `key`. The notes since the snapshot are under `key.ahead-0`
 * and `key.ahead-1`. One page at a time writes, by a Web Lock.
 *
 * @throws {ThrottlerError} of code `NEEDS_PAGE`: there is no `localStorage`
 */
export function localStorageStore(key: string): Store {
  const storage = pageStorage();
  if (storage === undefined)
    throw new ThrottlerError('localStorageStore needs localStorage: a page', 'NEEDS_PAGE');
  let release: (() => Promise<void>) | undefined;
  return {
    ahead: storageNotes(storage, key),
    async open() {
      release = await claim(`localStorage ${key}`);
    },
    async close() {
      await release?.();
      release = undefined;
    },
    load: async () => storage.getItem(key) ?? undefined,
    save: async (text) => storage.setItem(key, text),
    saveNow: (text) => storage.setItem(key, text),
    async setAside() {
      const aside = asideOf(key);
      storage.setItem(aside, storage.getItem(key) ?? '');
      storage.removeItem(key);
      return aside;
    },
    atEnd: atEndOfPage,
  };
}

/** Returns the `localStorage` of a page; undefined where there is none, as in a worker. */
export function pageStorage(): Storage | undefined {
  // Node has it too, but only for itself and with a warning.
  return typeof document === 'undefined' ? undefined : globalThis.localStorage;
}

export function storageNotes(storage: Storage, key: string): AheadStore {
  const keyOf = (slot: Slot) => `${key}.ahead-${slot}`;
  const read = (slot: Slot) => storage.getItem(keyOf(slot)) ?? '';
  return {
    read: () => `${read(0)}\n${read(1)}`,
    append: (slot, text) => storage.setItem(keyOf(slot), read(slot) + text),
    clear: (slot) => storage.removeItem(keyOf(slot)),
  };
}
