import allocate from './ledger/allocate.lua';
import limits from './ledger/limits.lua';
import store from './ledger/store.lua';
import sync from './ledger/sync.lua';

/** The script of the ledger: one call of a process. */
export const SCRIPT: string = limits + store + allocate + sync;
