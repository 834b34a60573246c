import 'multi-throttler/dashboard';
import { useEffect, useRef } from 'react';
import type { Exchange } from './exchange.ts';

/** The dashboard is a custom element, which takes the throttler as a property. */
export function Dashboard({ throttler }: { throttler: Exchange['throttler'] }) {
  const place = useRef<HTMLElement>(null);
  useEffect(() => {
    const dashboard = document.createElement('throttler-dashboard');
    dashboard.throttler = throttler;
    place.current?.append(dashboard);
    return () => dashboard.remove();
  }, [throttler]);
  return <section ref={place} className="dashboard" aria-label="Limits of the exchange" />;
}
