import { useThrottlerStats } from 'multi-throttler/react';
import { useCallback, useEffect, useState } from 'react';
import type { Exchange } from './exchange.ts';
import { secondsText, timeText } from './format.ts';

interface Entry {
  readonly at: number;
  readonly text: string;
}

/** Provokes a refusal, and shows what becomes of it. */
export function Refusal({ exchange }: { exchange: Exchange }) {
  const { throttler } = exchange;
  const [entries, setEntries] = useState<readonly Entry[]>([]);
  const [isBusy, setIsBusy] = useState(false);
  const { pausedUntil } = useThrottlerStats(throttler);

  const add = useCallback((text: string) => {
    // Each request that was on its way is refused, so an entry may come several times.
    setEntries((all) =>
      all.at(-1)?.text === text ? all : [...all, { at: Date.now(), text }].slice(-4),
    );
  }, []);
  useEffect(() => {
    const leave = [
      throttler.on('pause', ({ status, until }) => {
        const name = status === 418 ? 'Banned (418)' : status ? 'Refused (429)' : 'Paused';
        add(`${name}: all requests wait ${secondsText(until - Date.now())}`);
      }),
      throttler.on('resume', () => add('Resumed: the waiting requests go, none was lost')),
    ];
    return () => {
      for (const each of leave) each();
    };
  }, [throttler, add]);

  const provoke = async () => {
    setIsBusy(true);
    try {
      await exchange.provoke();
    } catch (error) {
      add(`Not sent: ${(error as Error).message}`);
    }
    setIsBusy(false);
  };
  return (
    <section className="card refusal" aria-label="Provoke a refusal">
      <div className="card-head">
        <h2>Another program at work</h2>
      </div>
      <p>
        A program without a throttler, on your address, uses up its limit while a request of this
        page is on its way. The exchange refuses both.
      </p>
      <button type="button" disabled={isBusy || pausedUntil !== null} onClick={provoke}>
        Provoke a 429
      </button>
      <ol aria-live="polite">
        {entries.map(({ at, text }) => (
          <li key={`${at} ${text}`}>
            <time>{timeText(at)}</time> {text}
          </li>
        ))}
      </ol>
    </section>
  );
}
