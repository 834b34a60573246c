// The script of a shared worker that prefers to be the hub of its pages. It is imported for its
// effect.

import { warn } from '../../hub/config.js';
import type { Definition } from '../../hub/messages.js';
import { Campaign } from '../campaign.js';
import { startTabHub } from '../start.js';

interface Order {
  readonly key: string;
  readonly definition: Definition;
}

/** The campaigns of this worker, by key. */
const campaigns = new Map<string, Campaign>();

function obey({ key, definition }: Order): void {
  if (campaigns.has(key)) return;
  const campaign = new Campaign({
    key,
    start: (epoch, isStolen) =>
      startTabHub({ key, definition, epoch, isStolen, tell: (error) => warn(error) }),
    onElected: () => {},
    onReplaced: () => {},
    onFailure: (error) => {
      campaigns.delete(key);
      warn(error);
    },
  });
  campaigns.set(key, campaign);
  campaign.run();
}

interface WorkerScope {
  onconnect?: ((event: { readonly ports: readonly MessagePort[] }) => void) | null;
}

(globalThis as unknown as WorkerScope).onconnect = ({ ports: [port] }) => {
  if (port !== undefined) port.onmessage = ({ data }) => obey(data as Order);
};
