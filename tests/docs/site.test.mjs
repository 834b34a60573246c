import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { buildDocs } from '../../scripts/docs.mjs';
import { serveSite, startBrowser } from './site.mjs';

/** @type {Awaited<ReturnType<typeof serveSite>>} */
let site;
/** @type {Awaited<ReturnType<typeof startBrowser>>} */
let browser;

before(async () => {
  // Fails if a link is dead.
  await buildDocs();
  site = await serveSite();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  site?.close();
});

/** Opens a page, and fails the test at an error in it. @param {string} path */
async function open(path) {
  const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
  /** @type {Error[]} */
  const errors = [];
  page.on('pageerror', (error) => errors.push(error));
  await page.goto(`${site.url}${path}`);
  await page.waitForLoadState('networkidle');
  return { page, errors };
}

/** Terms that users type, and the page that answers them. */
const TERMS = {
  'sliding window': 'choosing-a-rule',
  'head-of-line': 'scheduling',
  backpressure: 'backpressure',
  'ccxt 429': 'ccxt',
  'sub-account': 'ccxt',
  'several processes': 'several-processes',
};

test('the search finds the right page first', async () => {
  const { page, errors } = await open('/guides/fetch');
  await page.getByRole('button', { name: 'Search' }).first().click();
  /** @type {Record<string, string | null>} */
  const found = {};
  for (const term of Object.keys(TERMS)) {
    await page.locator('#localsearch-input').fill(term);
    await page.waitForTimeout(400);
    const first = page.locator('#localsearch-list .result').first();
    found[term] = await first.getAttribute('href', { timeout: 10_000 });
  }
  const expected = Object.entries(TERMS).map(([term, name]) => [term, `/guides/${name}`]);
  assert.deepEqual(
    Object.entries(found).map(([term, href]) => [term, href?.replace(/#.*/, '')]),
    expected,
  );
  assert.deepEqual(errors, []);
});

test('the playground runs the package', async () => {
  const { page, errors } = await open('/playground');
  const dots = page.locator('.playground circle');
  await dots.first().waitFor();
  const before = await dots.count();
  assert.ok(before > 30, `${before} grants`);

  await page.getByLabel('Rules').fill('[{ "id": "WEIGHT", "algorithm": "fixed-window" }]');
  await page.getByRole('alert').waitFor();
  assert.match((await page.getByRole('alert').textContent()) ?? '', /limit/);

  await page.getByLabel('Example').selectOption('Priorities in a saturated bucket');
  await page.getByRole('alert').waitFor({ state: 'detached' });
  const rows = await page.locator('.playground tbody tr').allTextContents();
  assert.deepEqual(
    rows.map((row) => /critical|normal|low/.exec(row)?.[0]),
    ['critical', 'normal', 'low'],
  );
  assert.deepEqual(errors, []);
});
