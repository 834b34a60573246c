// Drives the trading page in a frame, in a page of each browser.

import { equal, runChecks, sleep, until } from './report.js';

const frame = document.querySelector('iframe');
const page = () => frame.contentDocument;
const one = (selector) => page().querySelector(selector);
const all = (selector) => [...page().querySelectorAll(selector)];
const text = (selector) => one(selector)?.textContent.trim();
const button = (name) => all('button').find((each) => each.textContent.trim() === name);

/** Types into a field of React, which replaces the setter of the value. */
function type(label, value) {
  const field = all('label').find((each) => each.textContent.startsWith(label));
  const input = field.querySelector('input');
  const { HTMLInputElement, Event } = frame.contentWindow;
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, value);
  input.dispatchEvent(new Event('input', { bubbles: true }));
}

/** Rows of the list of orders: side, price, quantity, state. */
const orders = () =>
  all('.orders tbody tr').map((row) =>
    [...row.querySelectorAll('td')].slice(1, 4).map((cell) => cell.textContent.trim()),
  );
const states = () => all('.orders .status').map((status) => status.textContent);
const ordersLeft = () => text('.wait span');
const dashboard = () => one('throttler-dashboard').shadowRoot;

const checks = {
  async 'market data fills the tabs, the chart and the book, and changes'() {
    await until(() => {
      equal(all('.book .ask button').length, 9);
      equal(all('.book .bid button').length, 9);
      equal(all('.tab .price').filter(({ textContent }) => textContent !== '–').length, 3);
      equal(all('.chart svg rect').length > 20, true);
    });
    const price = text('.middle');
    await until(() => text('.middle') !== price);
    const [ask, bid] = ['.ask tr:last-child button', '.bid button'].map((selector) =>
      Number(text(selector).replaceAll(',', '')),
    );
    equal(ask > bid, true);
  },

  async 'a market order is filled, and the dashboard counts it'() {
    await until(() => equal(ordersLeft(), '3 of 3 orders left'));
    equal(text('.wait b'), 'An order goes at once');
    button('Buy BTC').click();
    await until(() => equal(states(), ['Filled']));
    equal(orders()[0]?.[0], 'Buy');
    equal(orders()[0]?.[2], '0.05');
    await until(() => {
      const ids = [...dashboard().querySelectorAll('.rule-id > span:first-child')];
      equal(
        ids.map(({ textContent }) => textContent),
        ['REQUEST_WEIGHT', 'ORDERS'],
      );
    });
  },

  async 'a price of the book is taken, and a limit order rests until it is cancelled'() {
    all('.bid button').at(-1).click();
    await until(() => equal(button('Limit').getAttribute('aria-pressed'), 'true'));
    equal(/^\d+\.\d\d$/.test(one('.order input').value), true);
    button('Sell').click();
    await until(() => button('Sell BTC') !== undefined);
    type('Price', '99999.5');
    type('Quantity', '0.25');
    button('Sell BTC').click();
    await until(() => equal([orders()[0], states()[0]], [['Sell', '99,999.50', '0.25'], 'Open']));
    button('Cancel').click();
    await until(() => equal(states()[0], 'Cancelled'));
    equal(button('Cancel'), undefined);
  },

  async 'an order above the limit waits, which the form says before it is placed'() {
    button('Market').click();
    button('Buy').click();
    await until(() => equal(ordersLeft(), '3 of 3 orders left'));
    const before = states().length;
    for (let n = 0; n < 5; n++) button('Buy BTC').click();
    await until(() => {
      equal(/^An order waits [1-8] s$/.test(text('.wait b')), true);
      equal(ordersLeft(), '0 of 3 orders left');
    });
    equal(states().slice(0, 2), ['Waiting', 'Waiting']);
    // The newest one is never sent.
    button('Cancel').click();
    await until(() => equal(states()[0], 'Cancelled'));
    equal(text('.orders tbody .note'), 'never sent');
    await until(() => equal(states().slice(1, 5), Array(4).fill('Filled')));
    equal(states().length, before + 5);
  },

  async 'a provoked refusal pauses all requests, and they go after it'() {
    button('Provoke a 429').click();
    await until(() => {
      equal(/^Paused, [1-9] s$/.test(text('.state')), true);
      equal(/An order waits [1-9] s/.test(text('.wait b')), true);
    });
    equal(/Refused \(429\): all requests wait [1-9] s/.test(text('.refusal ol')), true);
    // It shows nothing new while it is off screen.
    one('throttler-dashboard').scrollIntoView();
    await until(() => equal(dashboard().querySelector('.state').textContent, 'Backing off'));
    button('Buy BTC').click();
    await until(() => equal(states()[0], 'Waiting'));
    await until(() => equal(states()[0], 'Filled'));
    await until(() => /Resumed/.test(text('.refusal ol')));
    await until(() => !/Paused/.test(text('.state')));
    await until(() => equal(button('Provoke a 429').disabled, false));
  },

  async 'another symbol has its own market and orders'() {
    all('.tab')[1].click();
    await until(() => {
      equal(text('.chart h2'), 'ETH / USDT');
      equal(all('.bid button').length, 9);
      equal(Number(text('.bid button').replaceAll(',', '')) < 10_000, true);
    });
    equal(orders(), []);
    all('.tab')[0].click();
    await until(() => equal(orders().length > 5, true));
  },

  async 'axe finds nothing, in light and dark, while requests wait'() {
    const script = page().createElement('script');
    script.src = '/axe/axe.min.js';
    page().head.append(script);
    await until(() => frame.contentWindow.axe !== undefined);
    for (const scheme of ['light', 'dark']) {
      page().documentElement.style.colorScheme = scheme;
      one('throttler-dashboard').theme = scheme;
      for (let n = 0; n < 5; n++) button('Buy BTC').click();
      await sleep(400);
      const { violations } = await frame.contentWindow.axe.run(page());
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
      equal([scheme, found], [scheme, []]);
    }
  },
};

await runChecks(checks);
