import { priceText, timeText } from './format.ts';
import type { Order } from './use-orders.ts';

const WORDS = {
  WAITING: 'Waiting',
  NEW: 'Open',
  FILLED: 'Filled',
  CANCELED: 'Cancelled',
  FAILED: 'Failed',
};

interface Props {
  orders: readonly Order[];
  onCancel: (order: Order) => void;
}

export function Orders({ orders, onCancel }: Props) {
  return (
    <section className="card orders" aria-label="Recent orders">
      <div className="card-head">
        <h2>Recent orders</h2>
        <span className="note">a waiting order is sent when the limits allow</span>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: keys have to reach what scrolls */}
      <section className="scroll" tabIndex={0} aria-label="List of orders">
        <table>
          <thead>
            <tr>
              <th scope="col">Time</th>
              <th scope="col">Side</th>
              <th scope="col">Price</th>
              <th scope="col">Quantity</th>
              <th scope="col">State</th>
              <th scope="col">
                <span className="hidden">Cancel</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {orders.map((order) => (
              <Row key={order.id} order={order} onCancel={onCancel} />
            ))}
          </tbody>
        </table>
        {orders.length === 0 && (
          <p className="empty">No orders yet. Six in ten seconds are one more than the limit.</p>
        )}
      </section>
    </section>
  );
}

function Row({ order, onCancel }: { order: Order; onCancel: Props['onCancel'] }) {
  const { placedAt, side, type, price, quantity, status, took, problem } = order;
  const isMarket = type === 'MARKET' && status !== 'FILLED';
  const isOpen = status === 'WAITING' || status === 'NEW';
  const note = problem ?? (took === undefined ? '' : `after ${(took / 1000).toFixed(2)} s`);
  return (
    <tr>
      <td>{timeText(placedAt)}</td>
      <td className={side === 'BUY' ? 'up' : 'down'}>{side === 'BUY' ? 'Buy' : 'Sell'}</td>
      <td>{isMarket ? 'market' : priceText(price)}</td>
      <td>{quantity}</td>
      <td>
        <span className={`status ${status}`}>{WORDS[status]}</span>{' '}
        <span className="note">{note}</span>
      </td>
      <td>
        {isOpen && (
          <button type="button" className="cancel" onClick={() => onCancel(order)}>
            Cancel
          </button>
        )}
      </td>
    </tr>
  );
}
