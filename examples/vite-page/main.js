// Requests market data as fast as the exchange allows, and places orders before that.

import { MultiThrottler, rollingWindow } from 'multi-throttler';

const throttler = new MultiThrottler([
  rollingWindow({ id: 'REQUESTS', limit: 5, interval: 500 }),
  rollingWindow({ id: 'ORDERS', limit: 2, interval: 500 }),
]);

/** @param {string} id */
const element = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

function show() {
  const { REQUESTS } = throttler.getStatus();
  element('status').textContent =
    `${throttler.getQueueLength()} waiting, ${REQUESTS?.tokens} requests left`;
}

/**
 * @param {string} what
 * @param {import('multi-throttler').ThrottleCost} cost
 * @param {import('multi-throttler').Priority} priority
 */
async function request(what, cost, priority) {
  show();
  await throttler.throttle(cost, { priority });
  // A real page would send the request here.
  const line = document.createElement('li');
  line.textContent = what;
  element('log').append(line);
  show();
}

const order = () => request('an order', { REQUESTS: 1, ORDERS: 1 }, 'critical');
element('order').addEventListener('click', order);
for (let i = 1; i <= 12; i++) request(`book ${i}`, { REQUESTS: 1 }, 'low');
order();
