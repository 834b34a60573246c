import { FirstRequestWindow, LazyBucket, SlidingLog } from '../../../ts/simulator/counters.mjs';
import { WindowCounter } from '../../../ts/simulator/window-counter.mjs';
import { open, Venue } from '../../simulator/venues/venue.mjs';

/** So long that no result depends on the speed of the machine. */
export const HOUR = 3_600_000;

/**
 * Starts an exchange that counts each request in four ways, on the clock of the machine.
 *
 * @param {number} limit of each counter
 * @param {() => void} onRequest
 */
export async function openVenue(limit, onRequest) {
  const counters = {
    fixed: new WindowCounter(limit, HOUR),
    first: new FirstRequestWindow(limit, HOUR),
    rolling: new SlidingLog(limit, HOUR),
    bucket: new LazyBucket(limit, 1e-9),
  };
  const venue = new Venue({
    charges() {
      onRequest();
      return Object.entries(counters).map(([id, counter]) => ({
        id,
        make: () => counter,
        cost: 1,
      }));
    },
    refusal: () => ({ status: 429 }),
  });
  return { venue, ...(await open(venue, Date.now)) };
}
