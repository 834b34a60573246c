import { useState } from 'react';
import { Book } from './book.tsx';
import { Chart } from './chart.tsx';
import { Dashboard } from './dashboard.tsx';
import type { Exchange } from './exchange.ts';
import { Header } from './header.tsx';
import { OrderForm } from './order-form.tsx';
import { Orders } from './orders.tsx';
import { Refusal } from './refusal.tsx';
import { useOrders } from './use-orders.ts';

export function App({ exchange }: { exchange: Exchange }) {
  const [symbol, setSymbol] = useState('BTCUSDT');
  /** A price that was picked in the book. */
  const [picked, setPicked] = useState<string>();
  const { orders, place, cancel } = useOrders(exchange, symbol);
  const choose = (next: string) => {
    setSymbol(next);
    setPicked(undefined);
  };
  return (
    <>
      <Header exchange={exchange} symbol={symbol} onChoose={choose} />
      <main>
        <div className="desk">
          <Chart key={`chart ${symbol}`} exchange={exchange} symbol={symbol} />
          <Book key={`book ${symbol}`} exchange={exchange} symbol={symbol} onPick={setPicked} />
          <div className="side">
            <OrderForm
              key={`form ${symbol} ${picked}`}
              exchange={exchange}
              symbol={symbol}
              picked={picked}
              onOrder={place}
            />
            <Refusal exchange={exchange} />
          </div>
          <Orders orders={orders} onCancel={cancel} />
        </div>
        <Dashboard throttler={exchange.throttler} />
      </main>
    </>
  );
}
