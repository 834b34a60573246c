import type { Definition } from '../hub/messages.js';
import type { RunningHub } from '../hub/place.js';
import { startHub } from '../hub/start.js';
import type { TimerWorker } from '../index.js';
import { HubStore } from './hub-store.js';

interface Setup {
  readonly key: string;
  readonly definition: Definition;
  readonly epoch: string;
  /** Whether the hub before may go on, as its lock was taken from it. */
  readonly isStolen: boolean;
  readonly timerWorker?: (() => TimerWorker) | undefined;
  readonly tell: (error: unknown) => void;
}

/** Starts a hub in this page or worker. */
export function startTabHub(setup: Setup): Promise<RunningHub> {
  const { key, definition, epoch, isStolen, timerWorker, tell } = setup;
  const store = new HubStore(key, epoch, isStolen);
  return startHub({
    definition,
    epoch,
    store,
    config: { ...(timerWorker && { timerWorker }) },
    barrier: store.barrier,
    // A hub that was replaced fails to save, as it should.
    tell: (error) => {
      if ((error as { code?: string }).code !== 'HUB_REPLACED') tell(error);
    },
  });
}
