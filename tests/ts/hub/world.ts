// Members and hubs on virtual time. Messages are delayed, lost, doubled and reordered; hubs die.

import type { AnyRule } from 'multi-throttler';
import type { Store } from 'multi-throttler/persist';
import { definitionOf, type HubOptions } from '../../../ts/hub/config.ts';
import type { MemberClock } from '../../../ts/hub/member/link.ts';
import { Member } from '../../../ts/hub/member/member.ts';
import type { Place, RunningHub, StartHub } from '../../../ts/hub/place.ts';
import type { Port } from '../../../ts/hub/port.ts';
import { startHub } from '../../../ts/hub/start.ts';
import { HubThrottler } from '../../../ts/hub/throttler/throttler.ts';
import { afterCrash, type Kept, MemoryStore, nothingKept } from '../persist/memory-store.ts';
import { reactions, VirtualClock } from '../support/clock.ts';

/** The faults of a network; probabilities from 0 to 1. */
export interface Faults {
  /** The longest delay of a message, in milliseconds. */
  delay?: number;
  loss?: number;
  double?: number;
  /** Messages overtake each other. */
  isUnordered?: boolean;
}

type Random = () => number;

/** One side of a connection whose messages take time and get lost. */
class FakePort implements Port {
  onMessage: (message: unknown) => void = () => {};
  onClose: () => void = () => {};
  other: FakePort | undefined;
  isOpen = true;
  readonly #world: World;
  #last = 0;

  constructor(world: World) {
    this.#world = world;
  }

  post(message: unknown): void {
    if (!this.isOpen) return;
    const { random, faults, clock } = this.#world;
    const { loss = 0, double = 0, delay = 0, isUnordered } = faults;
    if (random() < loss) return;
    // Messages are data, as on a socket.
    const text = JSON.stringify(message);
    for (let copies = random() < double ? 2 : 1; copies > 0; copies--) {
      let at = clock.now() + random() * delay;
      if (!isUnordered) at = Math.max(at, this.#last);
      this.#last = at;
      clock.setTimeout(() => this.other?.receive(JSON.parse(text)), at - clock.now());
    }
  }

  receive(message: unknown): void {
    if (this.isOpen) this.onMessage(message);
  }

  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { clock, random, faults } = this.#world;
    clock.setTimeout(() => this.other?.closed(), random() * (faults.delay ?? 0));
  }

  closed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.onClose();
  }
}

export class World {
  readonly clock = new VirtualClock();
  faults: Faults = {};
  random: Random;
  /** Whether members give late grants back. */
  isPunctual = true;
  /** Whether a hub continues from the store of the one before. */
  hasMemory = true;
  kept: Kept = nothingKept();
  hub: { running: RunningHub; ports: Set<FakePort> } | undefined;
  epochs = 0;
  readonly errors: unknown[] = [];
  #starting: Promise<void> | undefined;
  #members = 0;

  constructor(random: Random = () => 0) {
    this.random = random;
  }

  /** @param clock the clock of the member's program, if it is another one */
  member(rules: AnyRule[], config: Partial<HubOptions> = {}, clock: MemberClock = this.clock) {
    const name = `m${++this.#members}`;
    const ports = new Set<FakePort>();
    const place: Place = {
      isHub: false,
      connect: (start) => this.#connect(start, ports),
      keepAlive() {},
      close: async () => {},
    };
    const member = new Member({
      place,
      clock,
      name,
      definition: definitionOf({ key: 'k', rules, ...config }),
      start: (definition, epoch) =>
        startHub({
          definition,
          epoch,
          store: this.#store() as Store,
          config: { clock: this.clock },
          tell: (error) => this.errors.push(error),
        }),
      tell: (error) => this.errors.push(error),
    });
    const throttler = new HubThrottler(member, undefined);
    /** The death of the member's process. */
    const die = () => {
      for (const port of ports) port.close();
      ports.clear();
    };
    return { throttler, member, name, die, ports };
  }

  /** Lets time pass, with time for hubs to start, which needs turns of the real event loop. */
  async advance(ms: number): Promise<void> {
    for (let part = 0; part < 4; part++) {
      await this.clock.advance(ms / 4);
      for (let turn = 0; turn < 8; turn++) await reactions();
    }
  }

  #store(): MemoryStore {
    return new MemoryStore(this.hasMemory ? this.kept : nothingKept());
  }

  async #connect(start: StartHub, ports: Set<FakePort>): Promise<Port> {
    while (this.#starting !== undefined) await this.#starting;
    if (this.hub === undefined) {
      this.#starting = (async () => {
        // A new hub takes a moment.
        await new Promise<void>((resolve) => {
          this.clock.setTimeout(resolve, this.random() * 20);
        });
        const running = await start(`e${++this.epochs}`);
        if (!this.isPunctual) running.hub.deliveryFor = () => 1e9;
        this.hub = { running, ports: new Set() };
      })();
      await this.#starting;
      this.#starting = undefined;
    }
    const hub = this.hub as NonNullable<typeof this.hub>;
    const [near, far] = [new FakePort(this), new FakePort(this)];
    near.other = far;
    far.other = near;
    hub.ports.add(far);
    ports.add(near);
    hub.running.hub.accept(far);
    return near;
  }

  /** Kills the process of the hub: nothing that it does from now on is seen. */
  kill(): void {
    const hub = this.hub;
    if (hub === undefined) return;
    this.hub = undefined;
    // The dead hub goes on writing to the old one.
    this.kept = afterCrash(this.kept);
    for (const port of hub.ports) {
      const { other } = port;
      port.isOpen = false;
      this.clock.setTimeout(() => other?.closed(), this.random() * (this.faults.delay ?? 0));
    }
  }
}
