/**
 * Source of the worker whose timers stand in for those of a hidden page, which browsers slow down.
 * The message `[id, ms]` sets a timer, `[id]` cancels it, and the worker answers with the id when
 * it fires. The build writes the same text to `timer-worker.mjs`.
 */
export const TIMER_WORKER =
  'const t={};' +
  'onmessage=({data:[i,d]})=>{' +
  'clearTimeout(t[i]);' +
  'delete t[i];' +
  'if(d>=0)t[i]=setTimeout(()=>{delete t[i];postMessage(i)},d)' +
  '}';
