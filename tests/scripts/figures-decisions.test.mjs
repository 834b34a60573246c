import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Decisions, readDecisions } from '../../scripts/figures/decisions.mjs';

const answers = { 'GET /x': 'IP 1 | 2' };
const DECISIONS = {
  one: ['ccxt', 'hummingbot'].map((source) => ({
    reason: 'the page',
    date: '2026-11-30',
    source,
    answers,
  })),
};

/** @param {string} source */
const row = (source) =>
  /** @type {any} */ ({
    figure: { profile: 'one', endpoint: 'GET /x', params: {}, source },
    ours: { text: 'IP 1' },
    says: '2',
  });

describe('answers to differences', () => {
  it('are those of the source, whatever its version', () => {
    const decisions = new Decisions(['ccxt 4.5.90'], DECISIONS);
    assert.equal(decisions.reasonFor(row('ccxt 4.5.90')), 'the page');
    assert.equal(decisions.reasonFor(row('nautilus_trader 1.2.3')), undefined);
    assert.equal(decisions.reasonFor({ ...row('ccxt 4.5.90'), says: '3' }), undefined);
  });

  it('are stale if the source was read and does not differ', () => {
    assert.deepEqual(new Decisions(['ccxt 4.5.90'], DECISIONS).stale(), ['one: ccxt: GET /x']);
  });

  it('to sources that were not read are not stale', () => {
    const decisions = new Decisions(['ccxt 4.5.90'], DECISIONS);
    decisions.reasonFor(row('ccxt 4.5.90'));
    assert.deepEqual(decisions.stale(), []);
  });
});

describe('each decision', () => {
  for (const [profile, decisions] of Object.entries(readDecisions())) {
    it(`of ${profile} has a reason, a date, a source and answers`, () => {
      for (const { reason, date, source, answers } of decisions) {
        assert.ok(reason.length > 10, reason);
        assert.match(date, /^20\d\d-\d\d-\d\d$/);
        assert.equal(new Date(date).toISOString().slice(0, 10), date);
        assert.ok(source.length > 0);
        assert.ok(Object.keys(answers).length > 0);
        for (const answer of Object.values(answers)) assert.match(answer, / \| /);
      }
    });
  }
});
