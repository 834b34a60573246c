import type { ThrottleCost } from '../index.js';
import type { AheadStore, Slot } from './store.js';

/** The rules of a pause; `null` stands for all rules. */
export type Named = readonly string[] | null;

/**
 * A note on a pause, or on its end. `until` and `made` are in Unix milliseconds; `null`: until it
 * is resumed.
 */
export type PauseNote =
  | readonly ['pause', until: number | null, rules: Named, made?: number | undefined]
  | readonly ['resume', rules: Named];

type Note = readonly ['grant', readonly (readonly [string, number])[]] | PauseNote;

/** The notes since a snapshot. */
export interface Ahead {
  /** The latest generation that has notes; -1 if there are none. */
  readonly generation: number;
  /** An upper bound of what was granted, by rule id. */
  readonly granted: ReadonlyMap<string, number>;
  /** In the order in which they were made. */
  readonly pauses: readonly PauseNote[];
}

/**
 * The allowance beyond what was granted. A larger one takes fewer notes, and costs more if used.
 */
const AHEAD = 1.25;

/**
 * Notes what is granted after each snapshot, before the program continues with the grant.
 *
 * A note is an allowance, a quarter more than was granted by then, so `n` grants between two
 * snapshots take about `log n / log 1.25` notes. Snapshots are numbered by generations, and a note
 * has the generation of the latest snapshot. Even and odd generations use different slots:
 * generation `n` clears the slot of `n - 2`, at a time at which the snapshot of `n - 1` is safe.
 * docs/internals/persistence.md has the proof.
 */
export class AheadLog {
  #store: AheadStore | undefined;
  #generation = 0;
  #granted = new Map<string, number>();
  #allowed = new Map<string, number>();

  /** The amounts that were granted in this generation, by rule id. */
  get granted(): ReadonlyMap<string, number> {
    return this.#granted;
  }

  get generation(): number {
    return this.#generation;
  }

  /** Starts to write notes, also of what was granted so far. The notes of others are kept. */
  begin(store: AheadStore | undefined, generation: number): void {
    this.#store = store;
    this.#generation = generation;
    this.#raise([...this.#granted]);
  }

  /** Starts the next generation. To be called when the snapshot of this one is safe. */
  next(): void {
    this.#store?.clear(slotOf(this.#generation + 1));
    this.#generation += 1;
    this.#granted = new Map();
    this.#allowed = new Map();
  }

  /** Notes a grant, unless earlier notes allow for it. */
  grant(cost: ThrottleCost): void {
    const over: [string, number][] = [];
    for (const [id, amount] of Object.entries(cost)) {
      if (!(amount > 0)) continue;
      const granted = (this.#granted.get(id) ?? 0) + amount;
      this.#granted.set(id, granted);
      if (granted > (this.#allowed.get(id) ?? 0)) over.push([id, granted]);
    }
    this.#raise(over);
  }

  /** Notes a pause, or its end. */
  pause(note: PauseNote): void {
    this.#write(note);
  }

  #raise(over: readonly (readonly [string, number])[]): void {
    if (over.length === 0 || this.#store === undefined) return;
    const raised = over.map(([id, granted]) => [id, granted * AHEAD] as const);
    this.#write(['grant', raised]);
    for (const [id, allowed] of raised) this.#allowed.set(id, allowed);
  }

  /** The line begins anew, as the line before may be cut off. */
  #write(note: Note): void {
    const line = JSON.stringify([this.#generation, ...note]);
    this.#store?.append(slotOf(this.#generation), `\n${line}\n`);
  }
}

function slotOf(generation: number): Slot {
  return (generation % 2) as Slot;
}

/** Reads the notes of a generation and the later ones. */
export function readAhead(text: string, since: number): Ahead {
  const notes = text.split('\n').flatMap(noteOf);
  const granted = new Map<string, number>();
  const pauses: PauseNote[] = [];
  let latest = -1;
  for (const generation of new Set(notes.map(([number]) => number).sort((a, b) => a - b))) {
    latest = generation;
    if (generation < since) continue;
    const allowed = new Map<string, number>();
    for (const [number, note] of notes) {
      if (number !== generation) continue;
      if (note[0] !== 'grant') pauses.push(note);
      else
        for (const [id, amount] of note[1]) allowed.set(id, Math.max(allowed.get(id) ?? 0, amount));
    }
    for (const [id, amount] of allowed) granted.set(id, (granted.get(id) ?? 0) + amount);
  }
  return { generation: latest, granted, pauses };
}

/**
 * Returns the note of a line. A line that was cut off has none: the program ended while it was
 * written, and did not continue with what it was about.
 */
function noteOf(line: string): [number, Note][] {
  if (line === '') return [];
  try {
    const [generation, ...note] = JSON.parse(line) as [number, ...Note];
    return Number.isInteger(generation) ? [[generation, note as unknown as Note]] : [];
  } catch {
    return [];
  }
}
