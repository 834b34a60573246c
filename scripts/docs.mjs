// `npm run docs`: builds the site of the documentation in build/docs. A dead link fails the build.
// `-- --serve` builds, then serves it on a free port of 127.0.0.1.

import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from './build.mjs';
import { root } from './lib/project.mjs';
import { run } from './lib/run.mjs';
import { TYPEDOC, TYPEDOC_MARKDOWN, vitepress } from './setup/docs.mjs';
import { setup } from './setup.mjs';

/** The built site. */
export const SITE = join(root, 'build', 'docs');

export async function buildDocs() {
  await setup(['node', 'wasm', 'docs']);
  await build();
  const { ENTRIES, sourceOf } = await import('./build/entries.mjs');
  const reference = join(root, 'docs', 'reference', 'types');
  rmSync(reference, { recursive: true, force: true });
  const { code, text } = await run(
    [
      process.execPath,
      TYPEDOC,
      ...ENTRIES.flatMap((entry) => ['--entryPoints', sourceOf(entry)]),
      ...['--tsconfig', join(root, 'ts', 'tsconfig.json')],
      ...['--plugin', TYPEDOC_MARKDOWN],
      ...['--out', reference],
      ...['--readme', 'none', '--name', 'Types', '--disableSources', '--excludeInternal'],
      ...['--hideBreadcrumbs', '--hidePageHeader', '--excludePrivate', '--logLevel', 'Error'],
    ],
    { minutes: 5 },
  );
  if (code !== 0) throw new Error(`typedoc failed:\n${text}`);
  const { build: buildSite } = await vitepress();
  await buildSite(join(root, 'docs'));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await buildDocs();
  process.stdout.write(`\nThe site is in build/docs.\n`);
  if (process.argv.includes('--serve')) {
    const { serve } = await vitepress();
    await serve({ root: join(root, 'docs'), port: 0 });
  }
}
