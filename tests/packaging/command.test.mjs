// The command of the installed package, as `npx` runs it.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { install, root, run } from './project.mjs';

const project = install();
after(project.remove);

/** @param {string[]} args */
const npx = (...args) => run(project.folder, 'npx', '--no-install', 'multi-throttler', ...args);

test('npx multi-throttler plan answers how many symbols can be polled', () => {
  const job = {
    exchange: 'binanceSpot',
    duration: '5m',
    symbols: 4,
    jobs: [
      {
        name: 'books',
        path: '/api/v3/depth',
        params: { symbol: '{symbol}', limit: 100 },
        every: '2s',
      },
    ],
  };
  writeFileSync(join(project.folder, 'job.json'), JSON.stringify(job));
  const printed = npx('plan', 'job.json', '--grow', 'symbols', '--html', 'plan.html');
  assert.match(printed, /^books +4 +2 +2 +0 ms +0 ms +0 ms$/m);
  assert.match(printed, /symbols: up to 40 \(the file has 4\)/);
  const page = readFileSync(join(project.folder, 'plan.html'), 'utf8');
  assert.match(page, /<figure data-chart="0">/);
  assert.doesNotMatch(page, /<(?:script|link)[^>]+(?:src|href)=/);
});

test('the job file of the guide is planned', () => {
  const guide = readFileSync(join(root, 'docs/guides/plan.md'), 'utf8');
  const [, sample = ''] = /^```json\n(.*?)^```$/ms.exec(guide) ?? [];
  writeFileSync(join(project.folder, 'guide.json'), sample);
  assert.match(npx('plan', 'guide.json'), /^REQUEST_WEIGHT +6,000 in 1 min/m);
});

test('npx multi-throttler --version prints the version of the package', () => {
  const { version } = JSON.parse(readFileSync(join(root, 'pkg', 'package.json'), 'utf8'));
  assert.equal(npx('--version'), `${version}\n`);
});

test('the command with its charts has at most 52 KB, gzipped', (t) => {
  const bytes = readFileSync(
    join(project.folder, 'node_modules', 'multi-throttler', 'command.mjs'),
  );
  const size = gzipSync(bytes, { level: 9 }).length;
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 52 * 1024, `${size} bytes`);
});
