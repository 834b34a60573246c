// The types under each module resolution and each library that programs compile with, and `using`.

import assert from 'node:assert/strict';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { ENTRIES } from '../../scripts/build/entries.mjs';
import { runtime } from '../../scripts/setup/runtimes.mjs';
import { install, root, run, specifier } from './project.mjs';

const project = install();
after(project.remove);

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
const folder = project.fixture('types');
writeFileSync(
  join(folder, 'entries.ts'),
  ENTRIES.map((entry) => `export * as ${entry} from '${specifier(entry)}';\n`).join(''),
);
// The types of Node, as in a program for Node only.
symlinkSync(join(root, 'node_modules', '@types'), join(folder, 'types-of-node'), 'junction');

/** Strict compiler options for every program here. */
const STRICT = {
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  isolatedModules: true,
  skipLibCheck: false,
};

/**
 * @param {string[]} files
 * @param {object} options
 */
function compile(files, options) {
  const name = 'tsconfig.json';
  const config = { compilerOptions: { ...STRICT, types: [], ...options }, files };
  writeFileSync(join(folder, name), JSON.stringify(config));
  run(folder, process.execPath, tsc, '--project', name);
}

const DOM = { target: 'ES2022', lib: ['ES2022', 'DOM'], noEmit: true };

describe('a program compiles', () => {
  for (const [name, options] of Object.entries({
    'for a bundler': { module: 'ESNext', moduleResolution: 'Bundler', verbatimModuleSyntax: true },
    'as CommonJS of Node 16': { module: 'Node16' },
    'as CommonJS of any Node': { module: 'NodeNext' },
    'with the old resolution, which ignores exports': {
      module: 'CommonJS',
      moduleResolution: 'Node10',
      ignoreDeprecations: '6.0',
    },
    'with the conditions of an edge runtime': {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      customConditions: ['workerd'],
    },
    'for older syntax': {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      target: 'ES2020',
      lib: ['ES2020', 'DOM'],
    },
    'with the newest library': {
      module: 'ESNext',
      moduleResolution: 'Bundler',
      lib: ['ESNext', 'DOM'],
    },
  })) {
    test(name, () => compile(['main.ts'], { ...DOM, ...options }));
  }

  test('without the types of a page, with those of Node', () => {
    compile(['main.ts'], {
      ...DOM,
      module: 'NodeNext',
      lib: ['ES2022'],
      typeRoots: ['types-of-node'],
      types: ['node'],
      // Node's own types do not compile with it.
      exactOptionalPropertyTypes: false,
    });
  });
});

describe('using', () => {
  test('compiled for a language without it', () => {
    compile(['using.ts'], {
      module: 'NodeNext',
      target: 'ES2022',
      lib: ['ES2022', 'ESNext.Disposable', 'DOM'],
    });
    assert.deepEqual(JSON.parse(run(folder, process.execPath, 'using.js')), [0, 2, 'CLOSED']);
  });

  test('in a language that has it', () => {
    compile(['using.ts'], {
      module: 'NodeNext',
      target: 'ESNext',
      lib: ['ESNext', 'DOM'],
      outDir: 'native',
    });
    assert.deepEqual(JSON.parse(run(folder, runtime('NODE24'), 'native/using.js')), [
      0,
      2,
      'CLOSED',
    ]);
  });

  const program = `
    const { concurrency, MultiThrottler } = require('multi-throttler');
    const make = async () => {
      const throttler = new MultiThrottler([concurrency({ id: 'tasks', limit: 1 })]);
      const permit = await throttler.acquire({ tasks: 1 });
      return { throttler, permit };
    };
    const names = ({ throttler, permit }) => [throttler, permit].map((of) => typeof of[Symbol.dispose]);`;

  test('classes work without its symbols', () => {
    const script = `
      delete Symbol.dispose;
      delete Symbol.asyncDispose;
      ${program}
      make().then(async ({ throttler, permit }) => {
        permit.release();
        throttler.close();
        console.log(JSON.stringify([Reflect.ownKeys(MultiThrottler.prototype).includes('undefined')]));
      });`;
    assert.deepEqual(JSON.parse(run(folder, process.execPath, '--eval', script)), [false]);
  });

  test('symbols of a later polyfill are used', () => {
    const script = `
      for (const name of ['dispose', 'asyncDispose']) delete Symbol[name];
      ${program}
      for (const name of ['dispose', 'asyncDispose']) Symbol[name] = Symbol(name);
      make().then((made) => console.log(JSON.stringify(names(made))));`;
    assert.deepEqual(JSON.parse(run(folder, process.execPath, '--eval', script)), [
      'function',
      'function',
    ]);
  });
});
