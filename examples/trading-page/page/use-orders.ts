import { useCallback, useEffect, useRef, useState } from 'react';
import type { Exchange, Params } from './exchange.ts';
import { usePoll } from './use-poll.ts';

export type Side = 'BUY' | 'SELL';

/** An order as the exchange has it. */
interface ExchangeOrder {
  readonly orderId: number;
  readonly side: Side;
  readonly type: string;
  readonly price: string;
  readonly origQty: string;
  readonly status: 'NEW' | 'FILLED' | 'CANCELED';
}

/** An order of this page, also before the exchange has it. */
export interface Order {
  readonly id: number;
  readonly symbol: string;
  readonly placedAt: number;
  readonly side: Side;
  readonly type: string;
  readonly price: string;
  readonly quantity: string;
  readonly status: 'WAITING' | ExchangeOrder['status'] | 'FAILED';
  readonly orderId?: number;
  /** Milliseconds from the click to the answer, the wait for the limits included. */
  readonly took?: number;
  readonly problem?: string;
}

/** The orders of a symbol, the newest first, and the calls that place and cancel them. */
export function useOrders(exchange: Exchange, symbol: string) {
  const [orders, setOrders] = useState<readonly Order[]>([]);
  /** Ends the waits of orders that are not sent yet. */
  const waits = useRef(new Map<number, AbortController>());
  const nextId = useRef(1);

  const change = useCallback((id: number, changes: Partial<Order>) => {
    setOrders((all) => all.map((order) => (order.id === id ? { ...order, ...changes } : order)));
  }, []);

  const place = useCallback(
    async (params: Params) => {
      const id = nextId.current++;
      const placedAt = Date.now();
      const wait = new AbortController();
      waits.current.set(id, wait);
      const order: Order = {
        id,
        symbol,
        placedAt,
        side: params.side as Side,
        type: String(params.type),
        price: String(params.price ?? ''),
        quantity: String(params.quantity),
        status: 'WAITING',
      };
      setOrders((all) => [order, ...all].slice(0, 50));
      try {
        const body = { symbol, ...params };
        const placed = await exchange.request<ExchangeOrder>(
          'POST /api/v3/order',
          body,
          wait.signal,
        );
        change(id, { ...changesOf(placed), took: Date.now() - placedAt });
      } catch (error) {
        const isCanceled = wait.signal.aborted;
        const problem = isCanceled ? 'never sent' : (error as Error).message;
        change(id, { status: isCanceled ? 'CANCELED' : 'FAILED', problem });
      } finally {
        waits.current.delete(id);
      }
    },
    [exchange, symbol, change],
  );

  const cancel = useCallback(
    async ({ id, orderId, symbol: own }: Order) => {
      // An order that waits for the throttler has cost nothing and is never sent.
      if (orderId === undefined) return waits.current.get(id)?.abort();
      try {
        const params = { symbol: own, orderId };
        await exchange.request('DELETE /api/v3/order', params);
        change(id, { status: 'CANCELED' });
      } catch (error) {
        change(id, { problem: (error as Error).message });
      }
    },
    [exchange, change],
  );

  const known = usePoll<ExchangeOrder[]>(
    exchange,
    'GET /api/v3/allOrders',
    { symbol, limit: 20 },
    2000,
  );
  useEffect(() => {
    const byId = new Map(known?.map((order) => [order.orderId, order]));
    setOrders((all) =>
      all.map((order) => {
        const now = order.status === 'NEW' && byId.get(order.orderId ?? 0);
        return now && now.status !== 'NEW' ? { ...order, ...changesOf(now) } : order;
      }),
    );
  }, [known]);

  return { orders: orders.filter((order) => order.symbol === symbol), place, cancel };
}

function changesOf({ orderId, status, price }: ExchangeOrder): Partial<Order> {
  return { orderId, status, ...(status === 'FILLED' && { price }) };
}
