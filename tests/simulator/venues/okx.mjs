/**
 * OKX v5: limits per 2 s and endpoint, for orders per user and instrument. It is not documented
 * whether its windows are fixed or rolling, so both are simulated. There are no usage headers. A
 * refusal is code 50011.
 */

import { SlidingLog } from '../../../ts/simulator/counters.mjs';
import { WindowCounter } from '../../../ts/simulator/window-counter.mjs';
import { Venue } from './venue.mjs';

const INTERVAL = 2000;
const LIMITS = {
  'POST /api/v5/trade/order': 60,
  'GET /api/v5/trade/orders-pending': 60,
  'GET /api/v5/market/ticker': 20,
};

/** @param {'rolling' | 'fixed'} windows */
export function okx(windows) {
  const Window = windows === 'rolling' ? SlidingLog : WindowCounter;
  return new Venue({
    charges: (endpoint, params) => {
      const limit = LIMITS[/** @type {keyof LIMITS} */ (endpoint)];
      if (endpoint !== 'POST /api/v5/trade/order') {
        return [{ id: endpoint, make: () => new Window(limit, INTERVAL), cost: 1 }];
      }
      return [
        { id: 'orders of the account', make: () => new Window(1000, INTERVAL), cost: 1 },
        {
          id: `${endpoint} ${params.get('instId')}`,
          make: () => new Window(limit, INTERVAL),
          cost: 1,
        },
      ];
    },
    success: { code: '0', msg: '', data: [] },
    refusal: ({ id }) => ({
      body: { code: id === 'orders of the account' ? '50061' : '50011', msg: 'Too Many Requests' },
    }),
  });
}
