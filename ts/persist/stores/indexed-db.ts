import { ThrottlerError } from '../../index.js';
import type { Store } from '../store.js';
import { pageStorage, storageNotes } from './local-storage.js';
import { asideOf, atEndOfPage, claim } from './page.js';

const DATABASE = 'multi-throttler';
const TABLE = 'states';

/**
 * An entry of IndexedDB, in pages and workers. A page keeps the notes since the snapshot in
 * `localStorage`. A worker has none: after a crash its rules are paused until nothing counts any
 * more that it may have been granted. One page or worker at a time writes, by a Web Lock.
 *
 * @throws {ThrottlerError} of code `NEEDS_PAGE`: there is no IndexedDB
 */
export function indexedDbStore(key: string): Store {
  if (typeof indexedDB === 'undefined')
    throw new ThrottlerError('indexedDbStore needs IndexedDB: a page or a worker', 'NEEDS_PAGE');
  const storage = pageStorage();
  let release: (() => Promise<void>) | undefined;
  let database: IDBDatabase | undefined;
  const table = (mode: IDBTransactionMode) => {
    if (database === undefined) throw new Error('the database is not open');
    return database.transaction(TABLE, mode).objectStore(TABLE);
  };
  return {
    ahead: storage && storageNotes(storage, key),
    async open() {
      release = await claim(`IndexedDB ${key}`);
      try {
        database = await openDatabase();
      } catch (error) {
        await release();
        throw error;
      }
    },
    async close() {
      database?.close();
      database = undefined;
      await release?.();
      release = undefined;
    },
    load: async () => (await resultOf<string | undefined>(table('readonly').get(key))) ?? undefined,
    save: async (text) => done(table('readwrite'), (states) => states.put(text, key)),
    // Browsers complete a transaction that has begun before the page ends.
    saveNow: (text) => void table('readwrite').put(text, key),
    async setAside() {
      const aside = asideOf(key);
      const text = await resultOf(table('readonly').get(key));
      await done(table('readwrite'), (states) => {
        states.put(text, aside);
        states.delete(key);
      });
      return aside;
    },
    atEnd: atEndOfPage,
  };
}

function openDatabase(): Promise<IDBDatabase> {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
  return resultOf(request);
}

function resultOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Resolves when the changes are in the database: a request succeeds before that. */
function done(table: IDBObjectStore, change: (table: IDBObjectStore) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const { transaction } = table;
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
    change(table);
  });
}
