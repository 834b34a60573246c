export { type Persistence, type PersistOptions, persist } from './persist.js';
export type { AheadStore, Slot, Store } from './store.js';
export {
  fileStore,
  /** @internal For hubs. */
  takenFileStore,
} from './stores/file.js';
export { indexedDbStore } from './stores/indexed-db.js';
export { localStorageStore } from './stores/local-storage.js';
