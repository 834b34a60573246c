import { useEffect, useRef, useState } from 'react';
import type { Exchange } from './exchange.ts';
import { baseOf, priceText, timeText } from './format.ts';
import { usePoll } from './use-poll.ts';

/** Time, open, high, low, close and volume, as Binance sends them. */
type Candle = [time: number, open: string, high: string, low: string, close: string];

/** Pixels of a candle, with the gap behind it. */
const STEP = 8;
/** Room for prices at the right, for times below, and above. */
const MARGIN = { right: 80, bottom: 24, top: 10 };
const LINES = 5;
/** Seconds between two times on the axis. */
const MARKED = 15;

/** Candles of a second each, as many as fit. */
export function Chart({ exchange, symbol }: { exchange: Exchange; symbol: string }) {
  const place = useRef<HTMLDivElement>(null);
  const [{ width, height }, setSize] = useState({ width: 0, height: 0 });
  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => {
      if (entry) setSize(entry.contentRect);
    });
    if (place.current) observer.observe(place.current);
    return () => observer.disconnect();
  }, []);
  const params = { symbol, interval: '1s', limit: 120 };
  const candles = usePoll<Candle[]>(exchange, 'GET /api/v3/klines', params, 1000) ?? [];
  const fitting = Math.max(1, Math.floor((width - MARGIN.right) / STEP));
  return (
    <section className="card chart" aria-label="Chart">
      <div className="card-head">
        <h2>{baseOf(symbol)} / USDT</h2>
        <span className="note">candles of 1 s</span>
      </div>
      <div className="plot" ref={place}>
        {candles.length > 0 && width > 0 && (
          <Plot candles={candles.slice(-fitting)} width={width} height={height} />
        )}
      </div>
    </section>
  );
}

interface PlotProps {
  candles: readonly Candle[];
  width: number;
  height: number;
}

function Plot({ candles, width, height }: PlotProps) {
  const least = Math.min(...candles.map(([, , , low]) => Number(low)));
  const most = Math.max(...candles.map(([, , high]) => Number(high)));
  const right = width - MARGIN.right;
  const y = (price: number | string) =>
    MARGIN.top +
    ((most - Number(price)) / (most - least || 1)) * (height - MARGIN.top - MARGIN.bottom);
  const x = (n: number) => right - (candles.length - n - 0.5) * STEP;
  const marks = Array.from({ length: LINES }, (_, n) => least + ((most - least) * n) / (LINES - 1));
  const last = candles.at(-1)?.[4] ?? '0';
  const label = `Price of the last ${candles.length} seconds, now ${priceText(last)}`;
  return (
    <svg width={width} height={height} role="img" aria-label={label}>
      {marks.map((price) => (
        <g key={price}>
          <line className="grid" x1={0} x2={right} y1={y(price)} y2={y(price)} />
          <text x={right + 8} y={y(price) + 4}>
            {priceText(price)}
          </text>
        </g>
      ))}
      {candles.map((candle, n) => (
        <CandleView key={candle[0]} candle={candle} x={x(n)} y={y} />
      ))}
      {candles.map(([time], n) =>
        (time / 1000) % MARKED === 0 && x(n) > 30 && x(n) < right - 20 ? (
          <text key={time} x={x(n)} y={height - 6} textAnchor="middle">
            {timeText(time)}
          </text>
        ) : null,
      )}
      <g className="last">
        <line x1={0} x2={right} y1={y(last)} y2={y(last)} />
        <rect x={right} y={y(last) - 10} width={MARGIN.right} height={20} rx={3} />
        <text x={right + 8} y={y(last) + 4}>
          {priceText(last)}
        </text>
      </g>
    </svg>
  );
}

interface CandleProps {
  candle: Candle;
  x: number;
  y: (price: string) => number;
}

function CandleView({ candle: [, open, high, low, close], x, y }: CandleProps) {
  const top = Math.min(y(open), y(close));
  const height = Math.max(1, Math.abs(y(open) - y(close)));
  return (
    <g className={Number(close) < Number(open) ? 'down' : 'up'}>
      <line x1={x} x2={x} y1={y(high)} y2={y(low)} />
      <rect x={x - 0.36 * STEP} y={top} width={0.72 * STEP} height={height} />
    </g>
  );
}
