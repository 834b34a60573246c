import { useEffect, useState } from 'react';
import type { Exchange, Params } from './exchange.ts';

/**
 * Polls an endpoint, and returns its latest answer. A poll that still waits for the throttler is
 * not made again, so a full limit leads to fewer polls and not to a queue of old ones.
 *
 * @param every milliseconds from an answer to the next request
 */
export function usePoll<T>(exchange: Exchange, endpoint: string, params: Params, every: number) {
  const [latest, setLatest] = useState<T>();
  const query = JSON.stringify(params);
  useEffect(() => {
    const ended = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const poll = async () => {
      try {
        setLatest(await exchange.request<T>(endpoint, JSON.parse(query), ended.signal));
      } catch (error) {
        if (ended.signal.aborted) return;
        // The next poll may succeed; the dashboard shows refusals.
        console.warn(`${endpoint}: ${error}`);
      }
      if (!ended.signal.aborted) timer = setTimeout(poll, every);
    };
    void poll();
    return () => {
      clearTimeout(timer);
      ended.abort();
    };
  }, [exchange, endpoint, query, every]);
  return latest;
}
