/** Two clients of Hyperliquid. */

import type { CallReader, CallReaders, ClientCalls } from '../types.js';
import { callOf } from './paths.js';

/** The methods of `ExchangeClient`, each named after its action. */
const ACTIONS = `
  agentEnableDexAbstraction agentSetAbstraction approveAgent approveBuilderFee batchModify
  borrowLend cancel cancelByCloid cDeposit claimRewards convertToMultiSigUser createSubAccount
  createVault cSignerAction cValidatorAction cWithdraw evmUserModify linkStakingUser modify order
  noop perpDeploy registerReferrer reserveRequestWeight scheduleCancel sendAsset sendToEvmWithData
  setDisplayName setReferrer spotDeploy spotSend spotUser subAccountModify subAccountSpotTransfer
  subAccountTransfer tokenDelegate topUpIsolatedOnlyMargin twapCancel twapOrder
  updateIsolatedMargin updateLeverage usdClassTransfer usdSend userDexAbstraction
  userSetAbstraction userPortfolioMargin validatorL1Stream vaultDistribute vaultModify
  vaultTransfer withdraw3
`;

/** The methods of `InfoClient`, each named after the type of its request. */
const INFOS = `
  activeAssetData alignedQuoteTokenInfo allBorrowLendReserveStates allMids allPerpMetas
  approvedBuilders borrowLendReserveState borrowLendUserState candleSnapshot clearinghouseState
  delegations delegatorHistory delegatorRewards delegatorSummary exchangeStatus extraAgents
  frontendOpenOrders fundingHistory gossipRootIps historicalOrders isVip l2Book leadingVaults
  legalCheck liquidatable marginTable maxBuilderFee maxMarketOrderNtls meta metaAndAssetCtxs
  openOrders orderStatus outcomeMeta perpAnnotation perpCategories perpConciseAnnotations
  perpDeployAuctionStatus perpDexLimits perpDexs perpDexStatus perpsAtOpenInterestCap portfolio
  predictedFundings preTransferCheck recentTrades referral spotClearinghouseState spotDeployState
  spotMeta spotMetaAndAssetCtxs spotPairDeployAuctionStatus subAccounts subAccounts2 tokenDetails
  twapHistory userAbstraction userBorrowLendInterest userDexAbstraction userFees userFills
  userFillsByTime userFunding userNonFundingLedgerUpdates userRateLimit userRole
  userToMultiSigSigners userTwapSliceFills userTwapSliceFillsByTime userVaultEquities
  validatorL1Votes validatorSummaries vaultDetails vaultSummaries webData2
`;

const EXPLORER = 'blockDetails txDetails userDetails';

type Reader = (name: string) => CallReader;

/** Returns readers of methods that differ in their names alone. */
function readersOf(names: string, reader: Reader): CallReaders {
  const list = names.trim().split(/\s+/);
  return Object.fromEntries(list.map((name) => [name, reader(name)]));
}

/** Whether a client posts over a WebSocket, where both kinds of requests weigh the same. */
function isSocket(client: { config_?: { transport?: { socket?: unknown } } }): boolean {
  return client.config_?.transport?.socket !== undefined;
}

/** Returns the signal among the arguments of a method: itself, or in the options. */
function signalAmong(args: readonly unknown[]): AbortSignal | undefined {
  for (const arg of args) {
    const { aborted, signal } = Object(arg) as { aborted?: unknown; signal?: AbortSignal };
    if (typeof aborted === 'boolean') return arg as AbortSignal;
    if (typeof signal?.aborted === 'boolean') return signal;
  }
  return undefined;
}

const action: Reader = (type) =>
  function (params, ...rest) {
    const path = isSocket(this) ? '/ws' : '/exchange';
    const payload = { action: { type, ...params } };
    return { ...callOf('POST', path, payload), signal: signalAmong([params, ...rest]) };
  };

const info = (path: string): Reader => {
  return (type) =>
    function (params, ...rest) {
      const call = callOf('POST', isSocket(this) ? '/ws' : path, { type, ...params });
      return { ...call, signal: signalAmong([params, ...rest]) };
    };
};

function nktkas(): CallReaders {
  const infos = { ...readersOf(INFOS, info('/info')), ...readersOf(EXPLORER, info('/explorer')) };
  const actions = readersOf(ACTIONS, action);
  // The only name that both clients have.
  const both: CallReader = function (...args) {
    const isExchange = typeof (this as { order?: unknown }).order === 'function';
    return (isExchange ? actions : infos).userDexAbstraction?.apply(this, args);
  };
  return { ...infos, ...actions, userDexAbstraction: both };
}

/**
 * `@nktkas/hyperliquid` on npm: `ExchangeClient` or `InfoClient`, over HTTP or a WebSocket. Calls
 * wait before its lock, which lets one action of a wallet pass at a time.
 */
export const nktkasHyperliquidCalls: ClientCalls = {
  package: '@nktkas/hyperliquid',
  version: '0.32.2',
  calls: /* @__PURE__ */ nktkas(),
};

/** Returns a reader of a method that sends an action, whose cost goes by the number of items. */
const sends =
  (type: string, list?: string): CallReader =>
  (items) => {
    const batch = Array.isArray(items?.orders) ? items.orders : items;
    const fields = list === undefined ? {} : { [list]: Array.isArray(batch) ? batch : [batch] };
    return callOf('POST', '/exchange', { action: { type, ...fields } });
  };

function community(): CallReaders {
  const others = `
    updateLeverage updateIsolatedMargin usdTransfer spotTransfer initiateWithdrawal
    transferBetweenSpotAndPerp scheduleCancel vaultTransfer createVault vaultDistribute vaultModify
    setReferrer registerReferrer modifyUserEvm placeTwapOrder cancelTwapOrder approveAgent
    approveBuilderFee claimRewards createSubAccount setDisplayName spotUser cDeposit cWithdraw
    tokenDelegate subAccountSpotTransfer reserveRequestWeight subAccountTransfer noop
  `;
  return {
    ...readersOf(others, () => sends('other')),
    placeOrder: sends('order', 'orders'),
    cancelOrder: sends('cancel', 'cancels'),
    cancelOrderByCloid: sends('cancelByCloid', 'cancels'),
    modifyOrder: sends('modify'),
    batchModifyOrders: sends('batchModify', 'modifies'),
    makeRequest(this: { endpoint?: string }, payload, _weight, path) {
      return callOf('POST', path ?? this.endpoint, payload);
    },
  };
}

/**
 * The objects that are read; a client without a key has an empty `exchange`, and one of another
 * package none of them.
 */
interface Hyperliquid {
  readonly info?: { readonly httpApi: unknown };
  readonly exchange?: { readonly httpApi?: unknown };
  readonly symbolConversion?: { readonly httpApi: unknown };
}

/**
 * `hyperliquid` on npm: `Hyperliquid`. Actions wait before they are signed; requests that they send
 * along, for the list of assets, pay by themselves. The limiter of the client stays in front of its
 * requests.
 */
export const hyperliquidCalls: ClientCalls = {
  package: 'hyperliquid',
  version: '1.7.7',
  targets: ({ info, exchange, symbolConversion }: Hyperliquid) => [
    info?.httpApi,
    exchange,
    exchange?.httpApi,
    symbolConversion?.httpApi,
  ],
  calls: /* @__PURE__ */ community(),
};
