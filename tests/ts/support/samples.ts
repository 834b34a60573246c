// The samples of the pages in docs/migrating, run on fake time.

import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, vi } from 'vitest';

/** The samples below one heading: the calls of the other package, and those of this one. */
export interface Pair {
  readonly title: string;
  /** Undefined if the other package is not one of npm. */
  readonly theirs: string | undefined;
  readonly ours: string;
}

/** A call of `send` in a sample: its argument, and the time since the sample began. */
export type Start = readonly [what: unknown, at: number];

/** The time that `send` takes. */
const LATENCY = 100;

/** Fake time in which every sample has to end. */
const LIMIT = 600_000;

/** Returns the samples of a page in JavaScript, by their third-level headings. */
export function pairsOf(page: string): Pair[] {
  const url = new URL(`../../../docs/migrating/${page}.md`, import.meta.url);
  const sections = readFileSync(url, 'utf8').split(/^### /m).slice(1);
  return sections.flatMap((section) => {
    const title = section.slice(0, section.indexOf('\n'));
    const codes = [...section.matchAll(/^```js\n(.*?)^```$/gms)].map(([, code = '']) => code);
    if (codes.length === 0) return [];
    const [ours, theirs, more] = codes.reverse();
    if (ours === undefined || more !== undefined) {
      throw new Error(`"${title}" has more than two samples`);
    }
    return [{ title, theirs, ours }];
  });
}

/** Fakes the time, for all samples of a file: ccxt keeps the timers that it finds at its import. */
export function fakeTime(): void {
  beforeAll(() => {
    vi.useFakeTimers({
      toFake: ['performance', 'Date', 'setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'],
    });
  });
  afterAll(() => {
    vi.useRealTimers();
  });
}

/**
 * Runs a sample as a module, in which `send` is a request that takes 100 ms. Returns when each one
 * started, in milliseconds, once all have ended. Needs {@link fakeTime}.
 */
export async function startsOf(code: string): Promise<Start[]> {
  const begin = performance.now();
  const starts: Start[] = [];
  const send = async (what: unknown) => {
    starts.push([what, Math.round(performance.now() - begin)]);
    await new Promise((resolve) => setTimeout(resolve, LATENCY));
    return what;
  };
  const state = { isDone: false };
  const done = runModule(code, { send }).finally(() => {
    state.isDone = true;
  });
  // A failure is thrown below.
  done.catch(() => {});
  while (!state.isDone && performance.now() - begin < LIMIT) {
    // Modules load in real time, while no timer is armed.
    if (vi.getTimerCount() === 0) await new Promise(setImmediate);
    else await vi.advanceTimersToNextTimerAsync();
  }
  // Those of requests that the sample did not wait for.
  vi.clearAllTimers();
  if (!state.isDone) throw new Error('The sample does not end');
  await done;
  return starts;
}

type Module = (...values: unknown[]) => Promise<void>;

/** Loads a module by its name. */
export type Load = (name: string) => Promise<unknown>;

const loadPackage: Load = (name) => import(/* @vite-ignore */ name);

/**
 * Runs a module, whose imports become calls of `load`, with global values by their names.
 */
export function runModule(
  code: string,
  globals: { readonly [name: string]: unknown },
  load = loadPackage,
) {
  const AsyncFunction = (async () => {}).constructor as new (...text: string[]) => Module;
  const body = code
    .replace(/^import (\w+) from ['"](.+)['"];$/gm, "const { default: $1 } = await load('$2');")
    .replace(
      /^import (\{.*?\}) from ['"](.+?)['"];$/gms,
      (_, names: string, from: string) =>
        `const ${names.replaceAll(' as ', ': ')} = await load('${from}');`,
    );
  return new AsyncFunction('load', ...Object.keys(globals), body)(load, ...Object.values(globals));
}
