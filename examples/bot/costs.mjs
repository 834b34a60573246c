import { binanceSpot } from 'multi-throttler/exchange';

/**
 * What a request costs by the profile of the exchange, but for orders and cancels: they weigh nothing when they succeed
 * (since 2026-04-02, CHANGELOG of 2026-03-27), and of the few that fail the usage headers tell.
 *
 * @param {import('./mix.mjs').BotRequest} request
 * @param {import('multi-throttler/exchange').ExchangeProfile} [profile]
 */
export function costOf({ endpoint, params }, profile = binanceSpot) {
  const [method = '', path = ''] = endpoint.split(' ');
  const cost = profile.costs(method, path, params);
  return path === '/api/v3/order' ? { ...cost, REQUEST_WEIGHT: 0 } : cost;
}
