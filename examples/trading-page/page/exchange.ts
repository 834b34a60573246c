// The only file that knows the throttler: its rules, and the `fetch` that waits for them.

import { MultiThrottler, type ThrottleCost } from 'multi-throttler';
import { binanceSpot, throttledFetch } from 'multi-throttler/exchange';

/** Market data leaves a tenth of each limit to orders. */
const MODES = {
  normal: { reserve: 0.1 },
  careful: { buffer: 0.3, reserve: 0.2 },
  liquidation: {},
};

export type Exchange = Awaited<ReturnType<typeof connect>>;
export type Params = Record<string, string | number>;

export async function connect() {
  // Limits as the exchange announces them. The profile knows the costs of its endpoints and how to
  // read its headers.
  const exchangeInfo = await (await fetch('/api/v3/exchangeInfo')).json();
  const profile = binanceSpot.with({ exchangeInfo });
  const throttler = new MultiThrottler(profile.rules, { headers: profile.headers, modes: MODES });

  // Orders and cancellations go before market data.
  const priority = ({ method }: Request) => (method === 'GET' ? 'normal' : 'critical');
  const options = { profile, priority } as const;
  const send = throttledFetch(throttler, options);
  const account = crypto.randomUUID();

  return {
    throttler,
    /** Costs of an order, for the question how long one would wait. */
    orderCost: profile.costs('POST', '/api/v3/order') as ThrottleCost,

    /** Sends a request when the limits allow, and returns the body of the response. */
    async request<T>(endpoint: string, params: Params, signal?: AbortSignal): Promise<T> {
      const [method = 'GET', path = ''] = endpoint.split(' ');
      const query = new URLSearchParams(params as Record<string, string>);
      const headers = { 'X-MBX-APIKEY': account };
      const init = { method, headers, ...(signal && { signal }) };
      const response = await send(`${path}?${query}`, init);
      const body = await response.json();
      if (!response.ok) throw new Error(body.msg ?? `status ${response.status}`);
      return body;
    },

    /**
     * Provokes a refusal (429): another program on this address, without a throttler, uses up the
     * limit while a granted request of this page is on its way. Resolves when that request was
     * answered at last; it returns how many requests the other program sent.
     */
    async provoke(): Promise<number> {
      let sent = 0;
      const overtaken = throttledFetch(throttler, {
        ...options,
        async fetch(input, init) {
          if (sent === 0) sent = await useUpLimit();
          return fetch(input, init);
        },
      });
      await overtaken('/api/v3/time');
      return sent;
    },
  };
}

/** Sends requests of the greatest weight until some are refused; returns their number. */
async function useUpLimit(): Promise<number> {
  let sent = 0;
  for (;;) {
    const batch = Array.from({ length: 8 }, () => fetch('/api/v3/ticker/24hr'));
    const responses = await Promise.all(batch);
    sent += batch.length;
    const refused = responses.find(({ status }) => status === 429 || status === 418);
    // In the last second of its window, the limit would be free again too soon.
    if (refused && Number(refused.headers.get('retry-after')) > 1) return sent;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}
