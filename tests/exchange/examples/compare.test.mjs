import assert from 'node:assert/strict';
import { it } from 'node:test';
import { compare } from '../../../examples/compare/run.mjs';

it('comparison shows no refusals of multi-throttler and bans of bottleneck', async () => {
  const outcomes = [];
  for await (const outcome of compare(['multi-throttler', 'bottleneck'])) outcomes.push(outcome);
  const [own, other] = outcomes;
  assert.deepEqual([own?.refused, own?.banned, own?.placed], [0, 0, 1]);
  assert.ok(
    own && own.loaded >= 0.97 && Number(own.waits.at(-1)) <= 200,
    `${own?.loaded}, ${own?.waits.at(-1)} ms`,
  );
  assert.ok(other && other.refused > 0 && other.bans > 0);
});
