import { useThrottlerStats } from 'multi-throttler/react';
import type { Exchange } from './exchange.ts';
import { baseOf, priceText, secondsText } from './format.ts';
import { usePoll } from './use-poll.ts';

interface Ticker {
  readonly lastPrice: string;
  readonly priceChangePercent: string;
}

const SYMBOLS = ['BTCUSDT', 'ETHUSDT', 'SOLUSDT'];

interface Props {
  exchange: Exchange;
  symbol: string;
  onChoose: (symbol: string) => void;
}

export function Header({ exchange, symbol, onChoose }: Props) {
  return (
    <header>
      <h1>
        Paper<span>desk</span>
      </h1>
      <nav aria-label="Symbols">
        {SYMBOLS.map((each) => (
          <Tab
            key={each}
            exchange={exchange}
            symbol={each}
            isChosen={each === symbol}
            onChoose={onChoose}
          />
        ))}
      </nav>
      <State exchange={exchange} />
    </header>
  );
}

function Tab({ exchange, symbol, isChosen, onChoose }: Props & { isChosen: boolean }) {
  const ticker = usePoll<Ticker>(exchange, 'GET /api/v3/ticker/24hr', { symbol }, 2000);
  const change = Number(ticker?.priceChangePercent ?? 0);
  return (
    <button type="button" className="tab" aria-pressed={isChosen} onClick={() => onChoose(symbol)}>
      <b>{baseOf(symbol)}</b>
      <span className="price">{ticker ? priceText(ticker.lastPrice) : '–'}</span>
      <span className={change < 0 ? 'down' : 'up'}>
        {change < 0 ? '−' : '+'}
        {Math.abs(change).toFixed(2)} %
      </span>
    </button>
  );
}

/** Whether requests go out: until when the exchange asked to wait, if it did. */
function State({ exchange }: { exchange: Exchange }) {
  const { pausedUntil, waiting } = useThrottlerStats(exchange.throttler);
  const waiters = waiting.critical + waiting.normal + waiting.low;
  if (pausedUntil !== null) {
    const rest = secondsText(pausedUntil - Date.now());
    return (
      <p className="state bad" role="status">
        Paused, {rest}
      </p>
    );
  }
  return (
    <p className="state" role="status">
      {waiters > 0 ? `${waiters} waiting` : 'Live'}
    </p>
  );
}
