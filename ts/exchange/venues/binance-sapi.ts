import { fixedWindow, rollingWindow } from '../../index.js';
import { sapiHeaders } from '../../shared/binance-headers.js';
import type { Cost } from '../../shared/cost.js';
import type { CostTable } from '../costs/cost-table.js';
import { type ExchangeProfile, profile } from '../profile.js';
import { binanceBody } from './binance-body.js';
import { BY_IP, BY_USER, WITHOUT_PAGE } from './binance-sapi-endpoints.js';

/** An order that borrows weighs as much as a loan, since 2026-05-07 (Binance's change log). */
const MARGIN_ORDER: Cost = {
  byValue: ['sideEffectType', { MARGIN_BUY: 1500, AUTO_BORROW_REPAY: 1500 }],
  default: 6,
};

type Endpoints = CostTable['endpoints'];

/** Each endpoint under a rule of its own. */
const own = (family: string, costs: { readonly [endpoint: string]: Cost }): Endpoints =>
  Object.fromEntries(
    Object.entries(costs).map(([endpoint, cost]) => {
      const name = endpoint.replace(' ', ' /sapi/');
      return [name, { [`${family}${name}`]: cost }];
    }),
  );

/** The endpoints of lists by weight. */
const flat = (family: string, weights: { readonly [weight: number]: string }): Endpoints =>
  Object.assign(
    {},
    ...Object.entries(weights).map(([weight, list]) =>
      own(
        family,
        Object.fromEntries(
          list
            .trim()
            .split(/,\s+/)
            .map((endpoint) => [endpoint, Number(weight)]),
        ),
      ),
    ),
  );

/** Endpoints that are counted in several ways. */
const special = (
  method: string,
  path: string,
  costs: { readonly [family: string]: number },
): Endpoints => {
  const name = `${method} /sapi/${path}`;
  return {
    [name]: Object.fromEntries(
      Object.entries(costs).map(([family, cost]) => [family.replace('*', name), cost]),
    ),
  };
};

/**
 * Binance `/sapi`: margin, wallet, sub-accounts, loans, earn and the like, on the host of spot.
 *
 * Each endpoint has its own limit a minute: 12 000 weight by IP, or 180 000 by user (Binance's
 * developers' forum, 9275). Weights and their sources: `binance-sapi-endpoints.ts`. Windows are
 * taken to be of the calendar, as in spot.
 *
 * Rules: `IP:*`, `UID:*`, whose members are endpoints (`IP:GET /sapi/v1/account/info`), and
 * `10/s:*`, `1/min:*` for two that have a limit of requests besides.
 */
export const binanceSapi: ExchangeProfile = /* @__PURE__ */ profile(() => ({
  name: 'binanceSapi',
  rules: [
    fixedWindow({ id: 'IP:*', limit: 12_000, interval: 60_000 }),
    fixedWindow({ id: 'UID:*', limit: 180_000, interval: 60_000, scope: 'account' }),
    rollingWindow({ id: '10/s:*', limit: 10, interval: 1000, scope: 'account' }),
    rollingWindow({ id: '1/min:*', limit: 1, interval: 60_000 }),
  ],
  headers: () => sapiHeaders,
  body: binanceBody,
  // Going on after a refusal leads to a ban.
  pauses: 'all',
  costs: () => ({
    // The weight of a page-long list: most unknown ones weigh less.
    default: { 'IP:{endpoint}': 150 },
    endpoints: {
      ...flat('IP:', WITHOUT_PAGE),
      ...flat('IP:', BY_IP),
      ...flat('UID:', BY_USER),
      ...own('IP:', {
        // 1 with a pool (ccxt 4.5.90).
        'GET v1/bswap/liquidity': { missing: { poolId: 10 }, default: 1 },
        'GET v1/portfolio/asset-index-price': { missing: { asset: 50 }, default: 1 },
        'GET v1/margin/crossMarginData': { noCoin: 5, default: 1 },
        'GET v1/margin/isolatedMarginData': { noSymbol: 10, default: 1 },
      }),
      ...own('UID:', {
        // 300 in the SDK of 2026-10, 900 in the one of 2026-09.
        'POST v1/asset/transfer': 900,
        'POST v1/margin/order': MARGIN_ORDER,
        'POST v1/margin/order/oco': MARGIN_ORDER,
        'POST v1/margin/order/oto': MARGIN_ORDER,
        'POST v1/margin/order/otoco': MARGIN_ORDER,
      }),
      ...special('GET', 'v1/capital/withdraw/history', { 'UID:*': 18_000, '10/s:*': 1 }),
      ...special('POST', 'v1/margin/max-leverage', { 'UID:*': 3000, '1/min:*': 1 }),
      ...special('POST', 'v1/sub-account/universalTransfer', { 'IP:*': 1, 'UID:*': 360 }),
    },
  }),
}));
