import { useEstimatedWait, useRuleStatus } from 'multi-throttler/react';
import { useState } from 'react';
import type { Exchange, Params } from './exchange.ts';
import { baseOf, secondsText } from './format.ts';
import type { Side } from './use-orders.ts';

interface Props {
  exchange: Exchange;
  symbol: string;
  picked: string | undefined;
  onOrder: (params: Params) => void;
}

const QUANTITIES: Record<string, string> = { BTCUSDT: '0.05', ETHUSDT: '1', SOLUSDT: '20' };

export function OrderForm({ exchange, symbol, picked, onOrder }: Props) {
  const [side, setSide] = useState<Side>('BUY');
  const [type, setType] = useState(picked ? 'LIMIT' : 'MARKET');
  const [price, setPrice] = useState(picked ?? '');
  const [quantity, setQuantity] = useState(QUANTITIES[symbol] ?? '1');
  const isLimit = type === 'LIMIT';
  const choice = (value: string, chosen: string, label: string, choose: () => void) => (
    <button type="button" aria-pressed={value === chosen} className={value} onClick={choose}>
      {label}
    </button>
  );
  return (
    <section className="card order" aria-label="Place an order">
      <div className="card-head">
        <h2>Order</h2>
      </div>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          onOrder({ side, type, quantity, ...(isLimit && { price }) });
        }}
      >
        <fieldset className="choice" aria-label="Side">
          {choice('BUY', side, 'Buy', () => setSide('BUY'))}
          {choice('SELL', side, 'Sell', () => setSide('SELL'))}
        </fieldset>
        <fieldset className="choice" aria-label="Type">
          {choice('MARKET', type, 'Market', () => setType('MARKET'))}
          {choice('LIMIT', type, 'Limit', () => setType('LIMIT'))}
        </fieldset>
        <label>
          Price, USDT
          <input
            inputMode="decimal"
            pattern="\d+(\.\d+)?"
            placeholder={isLimit ? 'a price of the book' : 'the best price'}
            required={isLimit}
            disabled={!isLimit}
            value={isLimit ? price : ''}
            onChange={(event) => setPrice(event.target.value)}
          />
        </label>
        <label>
          Quantity, {baseOf(symbol)}
          <input
            inputMode="decimal"
            pattern="\d+(\.\d+)?"
            required
            value={quantity}
            onChange={(event) => setQuantity(event.target.value)}
          />
        </label>
        <button type="submit" className={`submit ${side}`}>
          {side === 'BUY' ? 'Buy' : 'Sell'} {baseOf(symbol)}
        </button>
        <Wait exchange={exchange} />
      </form>
    </section>
  );
}

/** Whether an order would go at once, before the button is pressed. */
function Wait({ exchange: { throttler, orderCost } }: { exchange: Exchange }) {
  const wait = useEstimatedWait(throttler, orderCost, { priority: 'critical' });
  const orders = useRuleStatus(throttler, 'ORDERS');
  const left = Math.floor(orders?.tokens ?? 0);
  return (
    <p className={`wait ${wait > 0 ? 'later' : ''}`} role="status">
      <b>{wait > 0 ? `An order waits ${secondsText(wait)}` : 'An order goes at once'}</b>
      <span>
        {left} of {orders?.capacity} orders left
      </span>
    </p>
  );
}
