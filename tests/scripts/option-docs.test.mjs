// The reference has a default and an example for each option: they come from the comments here.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import ts from 'typescript';
import { root } from '../../scripts/lib/project.mjs';

/**
 * Interfaces of options, by their files.
 * @type {Record<string, string[]>}
 */
const OPTIONS = {
  'ts/config.ts': [
    'ThrottleOptions',
    'AcquireOptions',
    'ResumeOptions',
    'ClearOptions',
    'IdleOptions',
    'PauseOptions',
    'Mode',
    'Backoff',
    'MultiThrottlerConfig',
  ],
  'ts/rules.ts': ['TokenBucketRule', 'ConcurrencyRule', 'RuleBase', 'Window'],
  'ts/exchange/profile.ts': ['ProfileOptions'],
  'ts/exchange/fetch/options.ts': ['ThrottledFetchOptions'],
  'ts/ccxt/types.ts': ['AttachOptions'],
  'ts/client/types.ts': ['ThrottleClientOptions'],
  'ts/client/axios/options.ts': ['ThrottledAxiosOptions'],
  'ts/persist/persist.ts': ['PersistOptions'],
};

for (const [path, names] of Object.entries(OPTIONS)) {
  const text = readFileSync(join(root, path), 'utf8');
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  for (const name of names) {
    test(`every option of ${name} has a default and an example`, () => {
      const found = source.statements.find(
        (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === name,
      );
      assert.ok(found && ts.isInterfaceDeclaration(found), `${path} has the interface ${name}`);
      const lacking = found.members.filter(ts.isPropertySignature).flatMap((member) => {
        const tags = ts.getJSDocTags(member).map(({ tagName }) => tagName.text);
        const wanted = member.questionToken ? ['defaultValue', 'example'] : ['example'];
        // An algorithm's name is a tag of the rule, not an option.
        if (member.name.getText() === 'algorithm') return [];
        return wanted
          .filter((tag) => !tags.includes(tag))
          .map((tag) => `${member.name.getText()}: @${tag}`);
      });
      assert.deepEqual(lacking, []);
    });
  }
}
