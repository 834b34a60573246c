// The sample about windows in docs/guides/fake-timers.md.

import { readFileSync } from 'node:fs';
import { MultiThrottler, rollingWindow } from 'multi-throttler';
import { expect, test, vi } from 'vitest';
import { fakeTime, runModule } from '../support/samples.ts';

fakeTime();

test('a window is granted anew at its interval and a millisecond', async () => {
  const page = readFileSync(
    new URL('../../../docs/guides/fake-timers.md', import.meta.url),
    'utf8',
  );
  const code = /^## Windows are closed$.*?^```js\n(.*?)^```$/ms.exec(page)?.[1] ?? '';
  const waiting: boolean[] = [];
  const checked = code.replace(/\/\/ (not yet|granted)$/gm, 'note(throttler.isRunning());');
  const note = (isWaiting: boolean) => waiting.push(isWaiting);
  await runModule(checked, { MultiThrottler, rollingWindow, vi, note });
  expect(waiting).toEqual([true, false]);
});
