import { invalidConfig } from '../../index.js';
import type { ClientCalls } from '../types.js';

/**
 * Methods by which the clients of packages are told apart whose listed methods have the same names,
 * but other arguments or endpoints. Only clients of the package have one of its methods here.
 */
const MARKS: readonly (readonly [name: string, methods: readonly string[]])[] = [
  ['binance', ['getRateLimitStates']],
  ['bybit-api', ['postPrivateFile']],
  ['okx-api', ['getAccountPositionRisk']],
  ['bitget-api', ['getUnifiedAccountSwitchStatus']],
  ['gateio-api', ['postPrivateMultipart']],
  ['coinbase-api', ['getAccountLedger', 'getBestBidAsk']],
  ['@binance/spot', ['orderAmendKeepPriority']],
  ['@binance/derivatives-trading-usds-futures', ['futuresAccountConfiguration']],
  ['@binance/connector', ['getListOfPlans']],
  ['node-binance-api', ['futuresRequest']],
  ['binance-api-node', ['allOrdersOCO']],
];

/**
 * Checks that a list belongs to the object whose methods it names. Another list would wait for
 * wrong costs, or not at all. An object without marks is accepted, as a version or a subclass that
 * is not known may lack them.
 *
 * @throws {InvalidConfigError} the object is a client of another package
 */
export function checkOwner(list: ClientCalls, target: object): void {
  const has = (method: string) =>
    typeof (target as { [method: string]: unknown })[method] === 'function';
  const owners = MARKS.filter(([, methods]) => methods.some(has)).map(([name]) => name);
  if (owners.length === 0 || owners.includes(list.package)) return;
  const expected = `the list of ${owners.join(' or ')}, whose client this is`;
  throw invalidConfig('calls', expected, `the list of ${list.package}`);
}
