const DATABASE = 'multi-throttler-hubs';
const TABLE = 'states';

/** A row of the database; without a text the row is removed. */
export type Row = readonly [key: string, text: string | undefined];

/**
 * The database of the hubs of an origin. Each transaction is committed with its last request: a
 * page that is frozen meanwhile would otherwise keep it open, and all others waiting.
 */
export class HubDatabase {
  readonly #database: IDBDatabase;

  private constructor(database: IDBDatabase) {
    this.#database = database;
  }

  static open(): Promise<HubDatabase> {
    const request = indexedDB.open(DATABASE, 1);
    request.onupgradeneeded = () => request.result.createObjectStore(TABLE);
    return new Promise((resolve, reject) => {
      request.onsuccess = () => resolve(new HubDatabase(request.result));
      request.onerror = () => reject(request.error);
    });
  }

  close(): void {
    this.#database.close();
  }

  /** Resolves with texts by their keys. */
  read(keys: readonly string[]): Promise<(string | undefined)[]> {
    return this.#run('readonly', (table) => keys.map((key) => table.get(key)));
  }

  /**
   * Writes rows, and resolves with the texts at `keys` when they are kept: they outlive the page
   * then. The transaction is committed before this returns.
   */
  write(rows: readonly Row[], keys: readonly string[] = []): Promise<(string | undefined)[]> {
    return this.#run('readwrite', (table) => {
      for (const [key, text] of rows) {
        if (text === undefined) table.delete(key);
        else table.put(text, key);
      }
      return keys.map((key) => table.get(key));
    });
  }

  #run(
    mode: IDBTransactionMode,
    ask: (table: IDBObjectStore) => IDBRequest<string | undefined>[],
  ): Promise<(string | undefined)[]> {
    // Flushing to the disk is for failures of the machine, and takes much longer.
    const transaction = this.#database.transaction(TABLE, mode, { durability: 'relaxed' });
    const requests = ask(transaction.objectStore(TABLE));
    transaction.commit();
    return new Promise((resolve, reject) => {
      transaction.oncomplete = () => resolve(requests.map(({ result }) => result));
      transaction.onabort = () => reject(transaction.error);
    });
  }
}
