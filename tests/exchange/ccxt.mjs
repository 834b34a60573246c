import ccxt from 'ccxt';

/**
 * An exchange of ccxt that talks to a simulated one.
 *
 * @param {string} id
 * @param {string} url
 * @param {typeof fetch} fetch what it sends by
 * @param {object} [options]
 * @returns {any} with ccxt's implicit methods, of which its types know nothing
 */
export function ccxtAt(id, url, fetch, options = {}) {
  const Exchange = ccxt[/** @type {'binance'} */ (id)];
  const exchange = new Exchange({ apiKey: 'key', secret: 'c2VjcmV0', password: 'pass', ...options });
  exchange.fetchImplementation = fetch;
  const urls = /** @type {{ api: Record<string, unknown> }} */ (exchange.urls);
  for (const [name, address] of Object.entries(urls.api)) {
    if (typeof address === 'string') urls.api[name] = address.replace(/^https?:\/\/[^/]+/, url);
  }
  return exchange;
}
