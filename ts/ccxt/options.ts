import { checkFields, invalidConfig } from '../index.js';
import type { AttachOptions, CcxtExchange } from './types.js';

const KNOWN: (keyof AttachOptions)[] = [
  'throttler',
  'config',
  'profile',
  'jitter',
  'account',
  'priority',
  'maxWait',
  'costs',
  'onError',
];

/** @throws {InvalidConfigError} the exchange is none of ccxt, or an option has a wrong value */
export function checkArguments(exchange: CcxtExchange, options: AttachOptions): void {
  if (
    typeof exchange?.fetch2 !== 'function' ||
    typeof exchange.options !== 'object' ||
    typeof exchange.id !== 'string'
  ) {
    throw invalidConfig('exchange', 'an exchange of ccxt', exchange);
  }
  // ccxt itself works while sealed, but nothing can be plugged into it then.
  if (!Object.isExtensible(exchange) || Object.isFrozen(exchange.options)) {
    throw invalidConfig(
      'exchange',
      'one that is neither sealed nor frozen, and its options neither',
      exchange,
    );
  }
  if (typeof options !== 'object' || options === null)
    throw invalidConfig('options', 'an object', options);
  checkFields(options, KNOWN, 'attachThrottler options');
  const { throttler, config, profile, jitter, account, maxWait } = options;
  if (throttler !== undefined && typeof throttler?.acquire !== 'function') {
    throw invalidConfig('throttler', 'a throttler', throttler);
  }
  if (config !== undefined && throttler !== undefined) {
    throw invalidConfig('config', 'left out where a throttler is given', config);
  }
  if (config !== undefined && (typeof config !== 'object' || config === null)) {
    throw invalidConfig('config', 'an object', config);
  }
  if (profile !== undefined && typeof profile?.costs !== 'function') {
    throw invalidConfig('profile', 'an ExchangeProfile', profile);
  }
  if (jitter !== undefined && !(typeof jitter === 'number' && jitter >= 0)) {
    throw invalidConfig('jitter', 'a number of 0 or more', jitter);
  }
  if (account !== undefined && (typeof account !== 'string' || account === '')) {
    throw invalidConfig('account', 'a text that is not empty', account);
  }
  const isBound = typeof maxWait === 'number' ? maxWait >= 0 : typeof maxWait === 'function';
  if (maxWait !== undefined && !isBound) {
    throw invalidConfig('maxWait', 'a number of 0 or more, or a function', maxWait);
  }
  for (const name of ['priority', 'costs', 'onError'] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== 'function')
      throw invalidConfig(name, 'a function', value);
  }
}
