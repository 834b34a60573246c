import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compareMixed } from '../../../examples/compare/mixed.mjs';

const WINDOWS = /** @type {const} */ (['fixed', 'rolling']);
for (const window of WINDOWS) {
  it(`mixed costs use all of a ${window} window, of which one line uses less`, async () => {
    const outcomes = [];
    for await (const outcome of compareMixed(window, ['multi-throttler', 'bottleneck']))
      outcomes.push(outcome);
    const [own, other] = outcomes;
    assert.equal(own?.refused, 0);
    assert.ok(own.used >= 0.995 && own.used <= 1, `${own.used}`);
    assert.ok(other && other.used < 0.8, `${other?.used}`);
    // Its window begins when it is created, and the exchange's does not.
    if (window === 'rolling') assert.ok(other.refused > 0);
  });
}
