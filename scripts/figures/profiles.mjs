// The profiles of the built package by their names.

import * as exchange from 'multi-throttler/exchange';

export const profiles =
  /** @type {Record<string, import('multi-throttler/exchange').ExchangeProfile | undefined>} */ (
    /** @type {unknown} */ (exchange)
  );
