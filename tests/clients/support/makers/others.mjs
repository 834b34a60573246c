/** The SDKs of KuCoin and Hyperliquid. */

import {
  hyperliquidCalls,
  kucoinUniversalSdkCalls,
  nktkasHyperliquidCalls,
} from 'multi-throttler/client';
import { hyperliquid, kucoin } from 'multi-throttler/exchange';
import { load } from '../load.mjs';

/** @typedef {import('../sdks.mjs').Sdk} Sdk */

/**
 * The lists of assets, and what the exchange answers to an action.
 *
 * @param {import('../server.mjs').Received} received
 */
const DONE_BY_HYPERLIQUID = ({ body }) => {
  const { type, action } = JSON.parse(body);
  if (type === 'metaAndAssetCtxs') return [{ universe: [{ name: 'BTC' }] }, []];
  if (type === 'spotMetaAndAssetCtxs') return [{ tokens: [], universe: [] }, []];
  if (action?.type !== 'cancel') return { status: 'ok', response: { type: 'default' } };
  return { status: 'ok', response: { type: 'cancel', data: { statuses: ['success'] } } };
};

/** @type {Sdk[]} */
export const OTHERS = [
  {
    name: 'kucoin-universal-sdk',
    calls: kucoinUniversalSdkCalls,
    profile: kucoin,
    success: { code: '200000', data: {} },
    tooMany: { code: '429000', msg: 'Too many requests' },
    make: async (url) => {
      const sdk = (await load('kucoin-universal-sdk')).default;
      const transport = new sdk.TransportOptionBuilder().setMaxRetries(1).setRetryDelay(1).build();
      const options = new sdk.ClientOptionBuilder()
        .setKey('key')
        .setSecret('secret')
        .setPassphrase('pass')
        .setSpotEndpoint(url)
        .setFuturesEndpoint(url)
        .setBrokerEndpoint(url)
        .setTransportOption(transport)
        .build();
      const client = new sdk.DefaultClient(options);
      const spot = client.restService().getSpotService();
      const account = client.restService().getAccountService();
      const order = { side: 'buy', symbol: 'BTC-USDT', type: 'market', size: '1' };
      return {
        client,
        // Its reads are sent again after a refusal.
        open: () => spot.getOrderApi().addOrderTest(sdk.Spot.Order.AddOrderTestReq.create(order)),
        signed: () => account.getAccountApi().getAccountInfo(),
        breakKey: () => {
          spot.transport.signer = undefined;
        },
      };
    },
  },
  {
    name: '@nktkas/hyperliquid',
    calls: nktkasHyperliquidCalls,
    profile: hyperliquid,
    success: DONE_BY_HYPERLIQUID,
    tooMany: 'null',
    make: async (apiUrl) => {
      const { ExchangeClient, HttpTransport } = await load('@nktkas/hyperliquid');
      const { Wallet } = await load('ethers');
      const wallet = new Wallet(`0x${'11'.repeat(32)}`);
      const transport = new HttpTransport({ apiUrl });
      const client = new ExchangeClient({ transport, wallet });
      return {
        client,
        open: () => client.noop(),
        signed: () => client.cancel({ cancels: [{ a: 0, o: 1 }] }),
        breakKey: () => {
          wallet.signTypedData = () => Promise.reject(new Error('the key is broken'));
        },
      };
    },
  },
  {
    name: 'hyperliquid',
    calls: hyperliquidCalls,
    profile: hyperliquid,
    success: DONE_BY_HYPERLIQUID,
    tooMany: 'null',
    make: async (url) => {
      const { BASE_URLS, Hyperliquid } = await load('hyperliquid');
      BASE_URLS.PRODUCTION = url;
      const client = new Hyperliquid({
        enableWs: false,
        privateKey: '11'.repeat(32),
        disableAssetMapRefresh: true,
      });
      // Its first order would also set a referrer.
      client.exchange._i = 1;
      await client.connect();
      await client.symbolConversion.initialize();
      return {
        client,
        open: () => client.info.getUserRole('0x1'),
        signed: () => client.exchange.cancelOrder({ coin: 'BTC-PERP', o: 1 }),
        breakKey: () => {
          client.exchange.wallet = undefined;
        },
        stop: () => client.disconnect(),
      };
    },
  },
];
