// The readers of sources. To add one, add it here.

import { readBinanceJavaScript, readBinancePython } from './sources/binance-sdk.mjs';
import { readCcxtInstalled, readCcxtText } from './sources/ccxt.mjs';
import { readKucoinJavaScript, readKucoinPython } from './sources/kucoin-sdk.mjs';
import { readOkxPackage } from './sources/okx-package.mjs';
import { readHummingbot, readNautilus } from './sources/second-opinions.mjs';

/** Each returns the figures of one package, or of one vendor's packages. */
const READERS = [
  readBinancePython,
  readBinanceJavaScript,
  readKucoinPython,
  readKucoinJavaScript,
  readOkxPackage,
  readCcxtText,
  readCcxtInstalled,
  readHummingbot,
  readNautilus,
];

/** All figures of all sources, one for each case that a source tells apart. */
export function readAll() {
  return READERS.flatMap((read) => read());
}
