// The page connects to the exchange first, as the limits come from there.

import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { connect } from './exchange.ts';

const root = createRoot(document.getElementById('root') as HTMLElement);
connect().then(
  (exchange) => root.render(<App exchange={exchange} />),
  (error) => root.render(<p className="failed">No connection to the exchange: {String(error)}</p>),
);
