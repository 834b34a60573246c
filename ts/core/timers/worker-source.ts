/**
 * Source of the worker whose timers stand in for those of a hidden page, which browsers slow down.
 * The message `[id, ms, sentAt]` sets a timer, `[id]` cancels it, and the worker answers with the
 * id when it fires. `sentAt` is Unix time: the message may have waited for the worker to start. The
 * build writes the same text to `timer-worker.mjs`.
 */
export const TIMER_WORKER =
  'const t={};' +
  'onmessage=({data:[i,d,s]})=>{' +
  'clearTimeout(t[i]);' +
  'delete t[i];' +
  'if(d>=0)t[i]=setTimeout(()=>{delete t[i];postMessage(i)},d-Math.max(0,Date.now()-s))' +
  '}';
