/** Exchanges by the hosts of their APIs. */

const HOSTS: readonly (readonly [host: RegExp, path: RegExp, exchange: string])[] = [
  [/^api[\w-]*\.binance\.com$/, /^\/(sapi|wapi)\//, 'binanceSapi'],
  [/^(api[\w-]*|data-api)\.binance\.(com|vision)$/, /^/, 'binanceSpot'],
  [/^fapi\d?\.binance\.com$/, /^/, 'binanceUsdm'],
  [/^eapi\.binance\.com$/, /^/, 'binanceOptions'],
  [/^papi\.binance\.com$/, /^/, 'binancePortfolioMargin'],
  [/^api\.binance\.us$/, /^/, 'binanceUs'],
  [/^fapi[\w-]*\.asterdex\.com$/, /^/, 'asterFutures'],
  [/^sapi[\w-]*\.asterdex\.com$/, /^/, 'asterSpot'],
  [/^api\.(bybit|bytick)\.\w+$/, /^/, 'bybit'],
  [/^(www|my|eea|app|us)\.okx\.com$/, /^/, 'okx'],
  [/^api[\w-]*\.kucoin\.com$/, /^/, 'kucoin'],
  [/^futures\.kraken\.com$/, /^/, 'krakenFutures'],
  [/^api\.kraken\.com$/, /^/, 'kraken'],
  [/^api\.exchange\.coinbase\.com$/, /^/, 'coinbaseExchange'],
  [/^api\.coinbase\.com$/, /^/, 'coinbaseAdvanced'],
  [/^(api|contract)\.mexc\.com$/, /^/, 'mexc'],
  [/^(api|fx-api)\.gateio\.ws$/, /^/, 'gate'],
  [/^api\.bitget\.com$/, /^/, 'bitget'],
  [/^(www|api)\.bitmex\.com$/, /^/, 'bitmex'],
  [/^(www|history)\.deribit\.com$/, /^/, 'deribit'],
  [/^api\.hyperliquid\.xyz$/, /^/, 'hyperliquid'],
];

/** Returns the exchange of a URL; undefined if its host is not known or it has none. */
export function exchangeOf(url: string): string | undefined {
  if (!URL.canParse(url)) return undefined;
  const { hostname, pathname } = new URL(url);
  return HOSTS.find(([host, path]) => host.test(hostname) && path.test(pathname))?.[2];
}
