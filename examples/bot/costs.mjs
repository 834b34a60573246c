import { binanceSpot } from 'multi-throttler/exchange';

/**
 * The largest possible cost of a request, by the profile of the exchange. Orders and cancellations
 * weigh nothing if they succeed (since 2026-04-02, CHANGELOG of 2026-03-27), but a bot that paid
 * nothing for them would be refused when a few fail at once.
 *
 * @param {import('./mix.mjs').BotRequest} request
 * @param {import('multi-throttler/exchange').ExchangeProfile} [profile]
 */
export function costOf({ endpoint, params }, profile = binanceSpot) {
  const [method = '', path = ''] = endpoint.split(' ');
  return profile.costs(method, path, params);
}
