// The pictures of the guides are what the package grants.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

test('`npm run docs:pictures` would change nothing', () => {
  const script = fileURLToPath(new URL('../../../scripts/pictures.mjs', import.meta.url));
  const stale = execFileSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  expect(stale).toBe('');
});
