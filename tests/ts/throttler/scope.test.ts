import { concurrency, fixedWindow, rollingWindow, tokenBucket } from 'multi-throttler';
import { describe, expect, test } from 'vitest';
import { bucket, setUp, thrown } from '../support/helpers.ts';

const window = { limit: 5, interval: 1000 };

/** One rule of each algorithm, with or without a scope. */
const makers = {
  tokenBucket: (scope?: 'ip' | 'account') =>
    tokenBucket({ id: 'a', capacity: 5, refillRate: 1, scope }),
  rollingWindow: (scope?: 'ip' | 'account') => rollingWindow({ id: 'a', ...window, scope }),
  fixedWindow: (scope?: 'ip' | 'account') => fixedWindow({ id: 'a', ...window, scope }),
  'a window from the first request': (scope?: 'ip' | 'account') =>
    fixedWindow({ id: 'a', ...window, scope, anchor: 'first-request' }),
  concurrency: (scope?: 'ip' | 'account') => concurrency({ id: 'a', limit: 5, scope }),
  'a rule of ccxt': (scope?: 'ip' | 'account') => ({ ...bucket('a', 5, 1), scope }),
};

describe.each(Object.entries(makers))('%s', (_, make) => {
  test('has the scope "account" in its status', () => {
    expect(setUp([make('account')]).throttler.getStatus().a?.scope).toBe('account');
  });

  test('has no scope in its status by default', () => {
    for (const rule of [make('ip'), make()]) {
      expect(setUp([rule]).throttler.getStatus().a).not.toHaveProperty('scope');
    }
  });

  test('rejects another word', () => {
    const error = thrown(() => setUp([make('user' as never)]));
    expect(error).toMatchObject({
      code: 'INVALID_RULE',
      field: 'scope',
      value: 'user',
      ruleId: 'a',
    });
    expect(error.message).toBe('Rule a: scope must be one of ip, account, got "user"');
  });

  test('takes another scope from updateRule, and nothing else changes', () => {
    const { throttler } = setUp([make()]);
    const { a } = throttler.getStatus();
    throttler.updateRule('a', { scope: 'account' });
    expect(throttler.getStatus()).toEqual({ a: { ...a, scope: 'account' } });
    throttler.updateRule('a', { scope: 'ip' });
    expect(throttler.getStatus()).toEqual({ a });
  });
});

test('members of a family have its scope', () => {
  const { throttler } = setUp([rollingWindow({ id: 'order:*', ...window, scope: 'account' })]);
  throttler.throttle({ 'order:x': 1 });
  const scopes = () => Object.values(throttler.getStatus()).map(({ scope }) => scope);
  expect(scopes()).toEqual(['account', 'account']);
  throttler.updateRule('order:*', { scope: 'ip' });
  throttler.throttle({ 'order:y': 1 });
  expect(scopes()).toEqual([undefined, undefined, undefined]);
});

test('addRule replaces the scope, as it replaces the rule', () => {
  const { throttler } = setUp([makers.rollingWindow('account')]);
  throttler.addRule(makers.rollingWindow());
  expect(throttler.getStatus().a).not.toHaveProperty('scope');
  throttler.removeRule('a');
  throttler.addRule(makers.concurrency('account'));
  expect(throttler.getStatus().a?.scope).toBe('account');
});

test('updateRule rejects an unknown scope', () => {
  const { throttler } = setUp([makers.rollingWindow('account')]);
  const error = thrown(() => throttler.updateRule('a', { limit: 9, scope: 5 as never }));
  expect(error.message).toBe('Rule a: scope must be one of ip, account, got 5');
  expect(throttler.getStatus().a).toMatchObject({ capacity: 5, scope: 'account' });
});
