/** Currencies of a symbol: `BTCUSDT` is BTC for USDT. */
export function baseOf(symbol: string): string {
  return symbol.replace(/USDT$/, '');
}

const prices = new Intl.NumberFormat('en-US', {
  minimumFractionDigits: 2,
  maximumFractionDigits: 2,
});

export function priceText(price: string | number): string {
  return prices.format(Number(price));
}

/** Seconds, rounded up, so that a wait never ends later than it says. */
export function secondsText(ms: number): string {
  return Number.isFinite(ms) ? `${Math.max(1, Math.ceil(ms / 1000))} s` : 'until resumed';
}

export function timeText(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}
