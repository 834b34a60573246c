import type { Exchange } from './exchange.ts';
import { baseOf, priceText } from './format.ts';
import { usePoll } from './use-poll.ts';

type Level = [price: string, quantity: string];

const ROWS = 9;

interface Props {
  exchange: Exchange;
  symbol: string;
  onPick: (price: string) => void;
}

/** The order book. A click on a price takes it into the order. */
export function Book({ exchange, symbol, onPick }: Props) {
  const params = { symbol, limit: 20 };
  const depth = usePoll<{ bids: Level[]; asks: Level[] }>(
    exchange,
    'GET /api/v3/depth',
    params,
    700,
  );
  const asks = depth?.asks.slice(0, ROWS) ?? [];
  const bids = depth?.bids.slice(0, ROWS) ?? [];
  const largest = Math.max(...[...asks, ...bids].map(([, quantity]) => Number(quantity)));
  const [ask, bid] = [Number(asks[0]?.[0]), Number(bids[0]?.[0])];
  const side = (name: 'ask' | 'bid', levels: readonly Level[]) => (
    <tbody className={name}>
      {levels.map(([price, quantity]) => (
        <tr key={price}>
          <td>
            <button type="button" onClick={() => onPick(price)}>
              {priceText(price)}
            </button>
          </td>
          <td>
            <i style={{ transform: `scaleX(${Number(quantity) / largest})` }} />
            <span>{Number(quantity).toFixed(4)}</span>
          </td>
        </tr>
      ))}
    </tbody>
  );
  return (
    <section className="card book" aria-label="Order book">
      <div className="card-head">
        <h2>Order book</h2>
        <span className="note">{depth ? `spread ${priceText(ask - bid)}` : ''}</span>
      </div>
      <table>
        <thead className="columns">
          <tr>
            <th scope="col">Price, USDT</th>
            <th scope="col">Quantity, {baseOf(symbol)}</th>
          </tr>
        </thead>
        {side('ask', asks.toReversed())}
        <tbody className="middle">
          <tr>
            <th scope="row" colSpan={2}>
              {depth ? priceText((ask + bid) / 2) : '–'}
            </th>
          </tr>
        </tbody>
        {side('bid', bids)}
      </table>
    </section>
  );
}
