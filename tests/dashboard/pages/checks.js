// Runs in a page of each browser.

import '/pkg/dashboard.mjs';
import { fixedWindow, MultiThrottler, tokenBucket } from '/pkg/index.mjs';
import { equal, runChecks, sleep, until } from './report.js';

const TOKEN = 'the token of the test';
const main = document.querySelector('main');

const control = (what, body) =>
  fetch(`/control/${what}`, { method: 'POST', body: body && JSON.stringify(body) }).then((answer) =>
    answer.json(),
  );
function show(properties) {
  const dashboard = document.createElement('throttler-dashboard');
  Object.assign(dashboard, properties);
  main.replaceChildren(dashboard);
  return {
    dashboard,
    all: (selector) => [...dashboard.shadowRoot.querySelectorAll(selector)],
    one: (selector) => dashboard.shadowRoot.querySelector(selector),
    text: (selector) => dashboard.shadowRoot.querySelector(selector)?.textContent.trim(),
    /** The texts of elements, with single blanks. */
    words(selector) {
      return this.all(selector).map((each) => each.textContent.trim().replaceAll(/\s+/g, ' '));
    },
    button(name) {
      return this.all('button').find((button) => button.textContent.trim() === name);
    },
    async click(name) {
      await until(() => this.button(name) !== undefined);
      this.button(name).click();
    },
    tile(name) {
      const tile = this.all('.tile').find((each) => each.querySelector('dt').textContent === name);
      return tile && [...tile.querySelectorAll('dd')].map((each) => each.textContent.trim());
    },
    rules() {
      return this.all('.rule').map((rule) =>
        ['.rule-id > span', '.figures', '.percent'].map((part) =>
          rule.querySelector(part).textContent.trim().replaceAll(/\s+/g, ' '),
        ),
      );
    },
    waiting() {
      return this.all('tbody tr').map((row) => row.querySelector('td').textContent.trim());
    },
  };
}

const bucket = (id, capacity) => tokenBucket({ id, capacity, refillRate: 0 });

const checks = {
  async 'shows the throttler of the page, and what changes'() {
    const throttler = new MultiThrottler([bucket('A', 200), bucket('B', 10)], {
      modes: { normal: { reserve: 0.2 } },
    });
    const view = show({ throttler });
    await throttler.throttle({ A: 50, B: 8 });
    throttler.throttle({ B: 9 }, { priority: 'low' });
    throttler.throttle({ C: 1 }).catch(() => {});
    await until(() => {
      equal(view.rules(), [
        ['A', '50 / 200', '25 %'],
        ['B', '8 / 10', '80 %'],
      ]);
      equal(view.waiting(), ['0', '0', '1']);
      equal(view.tile('Granted')[0], '1');
      equal(view.tile('Rejected'), ['1', 'UNKNOWN_RULE 1']);
      equal(view.text('.state'), 'Running');
    });
    const meter = view.all('.meter')[1];
    equal(
      [...meter.attributes].filter(({ name }) => name.startsWith('aria-value')).map((a) => a.value),
      ['0', '10', '8', '8 of 10 used, 2 reserved for critical requests'],
    );
    throttler.updateRule('A', { capacity: 400 });
    throttler.addRule(bucket('D', 5));
    // A larger bucket is not filled by that.
    await until(() => equal(view.rules()[0], ['A', '250 / 400', '63 %']));
    equal(view.rules().length, 3);
    throttler.close();
    await until(() => equal(view.text('.state'), 'Closed'));
  },

  async 'shows what the monitor sends'() {
    const view = show({ src: '/monitor/open/' });
    await control('throttle', { cost: { WEIGHT: 750, ORDERS: 7 } });
    await control('wait', { cost: { ORDERS: 44 }, priority: 'critical' });
    await until(() => {
      equal(view.rules(), [
        ['WEIGHT', '750 / 1,000', '75 %'],
        ['ORDERS', '7 / 50', '14 %'],
      ]);
      equal(view.waiting(), ['1', '0', '0']);
    });
    const words = view.words('.alert p');
    equal(words, ['WEIGHT is at or above 75 %', 'WEIGHT reached 75 %']);
    equal(view.text('.tag'), 'account');
  },

  async 'a queue that backs up is an alert, and each rule tells when its tokens are back'() {
    const throttler = new MultiThrottler([
      bucket('A', 1),
      fixedWindow({ id: 'B', limit: 9, interval: 86_400_000 }),
      tokenBucket({ id: 'C', capacity: 7200, refillRate: 0.001 }),
      tokenBucket({ id: 'D', capacity: 5, refillRate: 1 }),
    ]);
    const view = show({ throttler });
    await throttler.throttle({ A: 1, C: 7000 });
    for (let n = 0; n < 6; n++) throttler.throttle({ A: 1 }, { priority: 'critical' });
    await until(() => {
      equal(view.words('.alert.active p').slice(0, 1), [
        'The queue backs up: 6 critical requests waiting',
      ]);
      equal(view.waiting(), ['6', '0', '0']);
      const [a, b, c, d] = view.words('.next');
      equal([a, d], ['no refill', 'full']);
      equal(/^resets in (\d+ h|\d+ min|\d+ s)/.test(b), true);
      equal(/^full in 1 h 5\d min$/.test(c), true);
    });
  },

  async 'refusal, ban and pause have their words, their end and their figures'() {
    const view = show({ src: '/monitor/open' });
    await control('report', { status: 429, headers: { 'retry-after': '100' } });
    await until(() => {
      equal(view.text('.state'), 'Backing off');
      equal(/^1 min \d\d s$/.test(view.text('.countdown')), true);
      equal(view.tile('Refused by server'), ['1', '1 × 429, 0 × 418']);
    });
    await control('report', { status: 418, headers: { 'retry-after': '4000' } });
    await until(() => {
      equal(view.text('.state'), 'Banned');
      equal(/^1 h 0\d min$/.test(view.text('.countdown')), true);
      equal(view.tile('Refused by server'), ['2', '1 × 429, 1 × 418']);
    });
    const words = view.words('.alert p');
    equal(words.slice(0, 2), [
      'The server has banned this address (418)',
      'Banned (418): all rules paused for 1 h 06 min',
    ]);
  },

  async 'every button of a throttler in the page'() {
    const modes = { normal: {}, burst: {}, liquidation: {} };
    const throttler = new MultiThrottler([bucket('A', 1)], { modes });
    const view = show({ throttler });
    await view.click('burst');
    await until(() => equal(throttler.mode, 'burst'));
    await until(() => equal(view.text('.modes [aria-pressed=true]'), 'burst'));
    // For five minutes, which is what the list says.
    await until(() =>
      equal(/^ends in (5 min 00|4 min 5\d) s$/.test(view.text('.countdown')), true),
    );

    await view.click('liquidation');
    await until(() => view.one('dialog').open);
    equal(view.text('dialog h3'), 'Switch to liquidation mode?');
    await view.click('Cancel');
    await until(() => !view.one('dialog').open);
    equal(throttler.mode, 'burst');
    view.one('select').value = '3';
    await view.click('liquidation');
    await view.click('Switch to liquidation');
    await until(() => equal(throttler.mode, 'liquidation'));
    await until(() => !view.one('dialog').open);
    equal(throttler.snapshot().modeEndsIn, null);
    await view.click('normal');
    await until(() => equal(throttler.mode, 'normal'));

    await view.click('Pause all');
    await until(() => equal(view.text('.state'), 'Paused'));
    equal(throttler.getStats().pausedUntil, Number.POSITIVE_INFINITY);
    await view.click('Resume');
    await until(() => equal(view.text('.state'), 'Running'));
    equal(throttler.getStats().pausedUntil, null);

    throttler.report({ status: 418, headers: { 'retry-after': '60' } });
    await until(() => equal(view.text('.state'), 'Banned'));
    await view.click('Resume');
    await until(() => view.one('dialog').open);
    await view.click('Resume anyway');
    await until(() => equal(view.text('.state'), 'Running'));
  },

  async 'every button of a monitor, after its token'() {
    const view = show({ src: '/monitor/open' });
    await view.click('Unlock controls…');
    const enter = async (token) => {
      await until(() => view.one('dialog input') !== null && view.one('dialog').open);
      view.one('dialog input').value = token;
      await view.click('Unlock');
    };
    await enter('a wrong one');
    await until(() => equal(view.text('.problem').includes('token'), true));
    equal(view.button('burst'), undefined);
    await enter(TOKEN);
    await view.click('burst');
    await until(() => equal(view.text('.modes [aria-pressed=true]'), 'burst'));
    equal((await control('stats')).mode, 'burst');
    await view.click('liquidation');
    await view.click('Switch to liquidation');
    await until(() => equal(view.text('.modes [aria-pressed=true]'), 'liquidation'));
    await view.click('Pause all');
    await until(() => equal(view.text('.state'), 'Paused'));
    await view.click('Resume');
    await until(() => equal(view.text('.state'), 'Running'));
    await control('close');
    await until(() => equal(view.text('.state'), 'Closed'));
    equal(view.all('.controls').length, 0);
  },

  async 'there are no controls where there are no commands'() {
    const silent = show({ src: '/monitor/silent' });
    await until(() => equal(silent.rules().length, 2));
    equal(silent.all('.controls').length, 0);
    const readOnly = show({ src: '/monitor/open', readOnly: true });
    await until(() => equal(readOnly.rules().length, 2));
    equal(readOnly.all('.controls').length, 0);
  },

  async 'one of several throttlers can be chosen, and commanded'() {
    await control('throttle', { name: 'futures', cost: { WEIGHT: 500 } });
    const view = show({ src: '/monitor/both', name: 'futures' });
    await until(() => equal(view.rules()[0], ['WEIGHT', '500 / 1,000', '50 %']));
    const select = view.one('.title select');
    select.value = 'spot';
    select.dispatchEvent(new Event('change'));
    await until(() => equal(view.rules()[0], ['WEIGHT', '0 / 1,000', '0 %']));
    await view.click('Unlock controls…');
    await until(() => view.one('dialog input') !== null);
    view.one('dialog input').value = TOKEN;
    await view.click('Unlock');
    await view.click('burst');
    await until(() => equal(view.text('.modes [aria-pressed=true]'), 'burst'));
    equal((await control('stats')).mode, 'burst');
  },

  async 'connects again after the monitor went away, and misses nothing'() {
    const view = show({ src: '/monitor/open' });
    await until(() => equal(view.text('.state'), 'Running'));
    await control('away');
    await until(() => equal(view.text('.state'), 'Disconnected'));
    equal(view.rules().length, 2);
    await control('throttle', { cost: { ORDERS: 50 } });
    await control('back');
    await until(() => {
      equal(view.text('.state'), 'Running');
      equal(view.rules()[1], ['ORDERS', '50 / 50', '100 %']);
    });
    const words = view.words('.alert:not(.active) p');
    equal(words, ['ORDERS used up', 'ORDERS reached 90 %', 'ORDERS reached 75 %']);
  },

  async 'markup in ids, modes and errors is text'() {
    const evil = '<img src=x onerror="globalThis.isHacked = true"><b>B</b>{{1}}\u202e';
    const modes = { normal: {}, [evil]: {} };
    const throttler = new MultiThrottler([bucket(evil, 10)], { modes });
    const view = show({ throttler });
    await until(() => equal(view.rules()[0]?.[0], evil));
    await throttler.throttle({ [evil]: 10 });
    await until(() => equal(view.all('.alert p').length >= 4, true));
    throttler.setMode(evil);
    await until(() => equal(view.text('.banner strong'), evil));
    throttler.pause({ rules: [evil], ms: 60_000 });
    await until(() => equal(view.text('.state'), 'Partly paused'));
    await sleep(50);
    equal(view.all('img, .rule b b, script').length, 0);
    equal(globalThis.isHacked, undefined);
  },

  async 'is silent while it is not in the page or not on screen'() {
    const throttler = new MultiThrottler([bucket('A', 10)]);
    const { getStatus } = throttler;
    let reads = 0;
    throttler.getStatus = () => {
      reads += 1;
      return getStatus.call(throttler);
    };
    const view = show({ throttler });
    await until(() => equal(view.rules().length, 1));
    view.dashboard.hidden = true;
    await sleep(400);
    let before = reads;
    await sleep(1500);
    equal(reads, before);
    view.dashboard.hidden = false;
    await until(() => equal(reads > before, true));
    // A page in the background.
    const hide = (isHidden) => {
      const value = isHidden ? 'hidden' : 'visible';
      Object.defineProperty(document, 'visibilityState', { value, configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    };
    hide(true);
    before = reads;
    await sleep(1500);
    equal(reads, before);
    hide(false);
    await until(() => equal(reads > before, true));
    view.dashboard.remove();
    before = reads;
    await sleep(1500);
    equal(reads, before);
    main.append(view.dashboard);
    await until(() => equal(reads > before, true));
  },

  async 'updates at most four times a second however busy the throttler is'() {
    const throttler = new MultiThrottler([
      tokenBucket({ id: 'A', capacity: 1e9, refillRate: 1e6 }),
    ]);
    const view = show({ throttler });
    await until(() => equal(view.rules().length, 1));
    let updates = 0;
    let last = -1;
    const figure = view.one('.figure');
    new MutationObserver(() => {
      updates += 1;
      last = Number(figure.textContent.replaceAll(',', ''));
    }).observe(figure, { subtree: true, characterData: true, childList: true });
    const began = performance.now();
    while (performance.now() - began < 2000) {
      for (let n = 0; n < 25; n++) throttler.tryThrottle({ A: 1 });
      await sleep(5);
    }
    equal(updates >= 2 && updates <= 6, true);
    equal(last > 100, true);
  },

  async 'axe finds nothing in any state'() {
    const modes = { normal: { reserve: 0.1 }, burst: {}, liquidation: {} };
    const throttler = new MultiThrottler(
      [bucket('A', 10), fixedWindow({ id: 'B', limit: 9, interval: 1000, scope: 'account' })],
      { modes },
    );
    const view = show({ throttler });
    await throttler.throttle({ A: 8 });
    throttler.throttle({ A: 9 }, { priority: 'low' });
    const states = {
      trading: () => {},
      paused: () => throttler.pause({ ms: 60_000 }),
      banned: () => throttler.report({ status: 418, headers: { 'retry-after': '60' } }),
      asking: () => view.button('liquidation').click(),
    };
    await until(() => equal(view.all('.rule').length, 2));
    for (const [name, reach] of Object.entries(states)) {
      reach();
      for (const theme of ['light', 'dark']) {
        view.dashboard.theme = theme;
        await sleep(600);
        const { violations } = await globalThis.axe.run(view.dashboard);
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
        equal([name, theme, found], [name, theme, []]);
      }
    }
    view.one('dialog').close();
  },
};

await runChecks(checks, () => control('reset'));
