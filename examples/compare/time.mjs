import { replaceGlobals } from '../../tests/simulator/time/global-time.mjs';
import { Time } from '../../tests/simulator/time/time.mjs';

/** @type {Time | undefined} */
let time;

/**
 * The virtual time of this process. The first call replaces its clock, so limiters are imported
 * afterwards.
 */
export function virtualTime() {
  if (time === undefined) {
    time = new Time();
    replaceGlobals(time);
  }
  return time;
}
