import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import type { MonitorMessage, NamedReading } from '../monitor/message.js';
import type { Occurrence, Reading } from '../shared/watch/reading.js';
import type { WatchedModes } from '../shared/watch/watched.js';
import { alertsOf } from './alerts.js';
import { History } from './history.js';
import { LocalSource, type LocalThrottler } from './local-source.js';
import { ASK_TOKEN, questionFor } from './questions.js';
import { RemoteSource } from './remote-source.js';
import { type Command, CommandError, type Connection, type Source } from './source.js';
import { style } from './style.js';
import { alertsView } from './view/alerts.js';
import { Charts } from './view/charts.js';
import { controlsView, dialogView, type Question } from './view/controls.js';
import { tilesView, waitingView } from './view/figures.js';
import { bannerView, stateOf } from './view/head.js';
import { rulesView } from './view/rules.js';

/** The shortest time between two updates of the page, in milliseconds. */
const EVERY = 500;
/** Countdowns go on between two messages, in milliseconds. */
const TICK = 1000;
/** The number of occurrences that are shown. */
const SHOWN = 50;

/** The element. It shows the messages of a {@link Source} and knows nothing else. */
export class DashboardElement extends LitElement {
  static override styles = style;
  static override properties = {
    throttler: { attribute: false },
    modes: { attribute: false },
    src: { type: String },
    name: { type: String },
    confirm: { type: String },
    readOnly: { type: Boolean, attribute: 'read-only' },
    theme: { type: String, reflect: true },
  };

  declare throttler: LocalThrottler | undefined;
  declare modes: WatchedModes | undefined;
  declare src: string | null;
  declare name: string | null;
  declare confirm: string;
  declare readOnly: boolean;
  declare theme: string | null;

  #source: Source | undefined;
  #connection: Connection = 'connecting';
  #message: MonitorMessage | undefined;
  #history = new History();
  #occurrences: readonly Occurrence[] = [];
  /** The name of the throttler that history and occurrences are of. */
  #shown: string | undefined;
  /** The clock of the page minus that of the throttler, in milliseconds. */
  #clockSkew = 0;
  #token: string | undefined;
  #question: Question | undefined;
  #afterQuestion: ((form: HTMLFormElement) => Promise<void>) | undefined;
  #problem = '';
  #isOnScreen = true;
  #hasNewPoint = false;
  #nextUpdate = 0;
  #updateTimer: ReturnType<typeof setTimeout> | undefined;
  #tick: ReturnType<typeof setInterval> | undefined;
  readonly #charts = new Charts(() => this.requestUpdate());
  readonly #watchScreen = new IntersectionObserver((entries) => {
    this.#isOnScreen = entries.at(-1)?.isIntersecting ?? true;
    this.#startOrStop();
  });
  readonly #darkness = matchMedia('(prefers-color-scheme: dark)');
  readonly #recolour = () => this.#charts.recolour();
  readonly #startOrStop = () => {
    const isVisible = this.isConnected && this.#isOnScreen && document.visibilityState !== 'hidden';
    if (!isVisible) return this.#stop();
    this.#source?.start();
    this.#tick ??= setInterval(() => this.#update(), TICK);
  };

  constructor() {
    super();
    this.confirm = 'liquidation';
    this.readOnly = false;
    this.src = this.name = this.theme = null;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    document.addEventListener('visibilitychange', this.#startOrStop);
    this.#darkness.addEventListener('change', this.#recolour);
    this.#watchScreen.observe(this);
    // The first update connects, as properties may be set until then.
    if (this.hasUpdated) this.#connect();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    document.removeEventListener('visibilitychange', this.#startOrStop);
    this.#darkness.removeEventListener('change', this.#recolour);
    this.#watchScreen.disconnect();
    this.#disconnect();
    this.#charts.destroy();
  }

  /** Switches to another source if the properties name one. */
  override willUpdate(changed: PropertyValues): void {
    if (['throttler', 'modes', 'src'].some((name) => changed.has(name))) {
      this.#disconnect();
      this.#message = undefined;
      this.#connection = 'connecting';
      this.#forget();
      this.#connect();
    }
    if (changed.has('name')) this.#forget();
  }

  #connect(): void {
    if (this.#source !== undefined) return;
    const audience = {
      message: (message: MonitorMessage) => this.#take(message),
      connection: (connection: Connection) => {
        if (connection === this.#connection) return;
        this.#connection = connection;
        this.#update();
      },
    };
    if (this.throttler !== undefined)
      this.#source = new LocalSource(this.throttler, this.modes, audience);
    else if (this.src) this.#source = new RemoteSource(this.src, audience);
    this.#startOrStop();
  }

  #disconnect(): void {
    this.#stop();
    this.#source?.close();
    this.#source = undefined;
  }

  #stop(): void {
    this.#source?.stop();
    clearInterval(this.#tick);
    clearTimeout(this.#updateTimer);
    this.#tick = this.#updateTimer = undefined;
  }

  #forget(): void {
    this.#history = new History();
    this.#occurrences = [];
    this.#shown = undefined;
    this.#hasNewPoint = true;
  }

  /** The throttler that is shown. */
  get #current(): NamedReading | undefined {
    const all = this.#message?.throttlers ?? [];
    return all.find(({ name }) => name === this.name) ?? all[0];
  }

  #take(message: MonitorMessage): void {
    this.#message = message;
    const current = this.#current;
    if (current === undefined) return;
    if (this.#shown !== undefined && this.#shown !== current.name) this.#forget();
    this.#shown = current.name;
    if (current.reading) {
      this.#clockSkew = Date.now() - current.reading.at;
      if (this.#history.add(current.reading)) this.#hasNewPoint = true;
    }
    const own = message.occurrences.filter(({ throttler }) => throttler === current.name);
    if (own.length > 0) this.#occurrences = merged(this.#occurrences, own);
    this.#update();
  }

  /** Renders within the shortest time between two updates. */
  #update(): void {
    if (this.#updateTimer !== undefined) return;
    const wait = Math.max(0, this.#nextUpdate - performance.now());
    this.#updateTimer = setTimeout(() => {
      this.#updateTimer = undefined;
      this.#nextUpdate = performance.now() + EVERY;
      this.requestUpdate();
    }, wait);
  }

  get #now(): number {
    return Date.now() - this.#clockSkew;
  }

  override render(): TemplateResult {
    const current = this.#current;
    const reading = current?.reading;
    const state = stateOf(this.#connection, current && reading);
    const isStale = this.#connection === 'lost' || reading === null;
    return html`<div class="root ${isStale ? 'is-stale' : ''}">
      <div class="head">
        <div class="title">
          ${this.#titleView(current?.name)}
          <span class="state ${state.severity}" role="status">${state.text}</span>
        </div>
        ${this.#controls(reading)}
      </div>
      ${bannerView(this.#connection, current && reading, this.#now)}
      ${reading ? this.#values(reading) : nothing}
      ${dialogView(
        this.#question,
        this.#problem,
        (form) => this.#answer(form),
        () => this.#cancel(),
      )}
    </div>`;
  }

  #titleView(name: string | undefined): TemplateResult {
    const names = this.#message?.throttlers ?? [];
    if (names.length < 2)
      return html`<h2>${name === undefined || name === 'default' ? 'Throttler' : name}</h2>`;
    const choose = (event: Event) => {
      this.name = (event.target as HTMLSelectElement).value;
    };
    return html`<h2 class="hidden">${name}</h2>
      <select aria-label="Throttler" @change=${choose}>
        ${names.map((each) => html`<option ?selected=${each.name === name}>${each.name}</option>`)}
      </select>`;
  }

  #values(reading: Reading): TemplateResult {
    const rate = this.#history.granted.values.at(-1) ?? null;
    return html`<div class="values">
      ${tilesView(reading, rate)}
      <div class="columns">
        <div class="main">
          ${rulesView(reading, this.#now)} ${this.#charts.view(this.#history)}
        </div>
        <div class="side">
          ${waitingView(reading)}
          ${alertsView(alertsOf(reading), this.#occurrences, this.#now)}
        </div>
      </div>
    </div>`;
  }

  #controls(reading: Reading | null | undefined): TemplateResult | typeof nothing {
    if (!reading || this.readOnly || !this.#message?.takesCommands) return nothing;
    const isAuthorized = this.#message.isAuthorized || this.#token !== undefined;
    return controlsView(reading, isAuthorized, {
      mode: (mode, ms) => this.#give({ path: 'mode', body: { mode, ...(ms && { ms }) } }),
      pause: () => this.#give({ path: 'pause', body: {} }),
      resume: () => this.#give({ path: 'resume', body: {} }),
      unlock: () => this.#ask(ASK_TOKEN, (form) => this.#unlock(form)),
    });
  }

  override updated(changed: PropertyValues): void {
    if (changed.has('theme')) this.#charts.recolour();
    if (!this.#hasNewPoint) return;
    this.#hasNewPoint = false;
    if (this.#current?.reading) this.#charts.draw(this.renderRoot, this.#history);
    else this.#charts.destroy();
  }

  /** Gives a command, after a confirmation where one is needed. */
  #give(command: Command): void {
    const reading = this.#current?.reading;
    if (!reading) return;
    const confirmed = this.confirm.split(',').map((name) => name.trim());
    const question = questionFor(command, reading, confirmed, this.#now);
    const run = () => this.#run(command);
    if (question === undefined) run().catch((error: unknown) => this.#failed(error));
    else this.#ask(question, run);
  }

  async #run({ path, body }: Command): Promise<void> {
    const throttlers = this.#message?.throttlers ?? [];
    const throttler = throttlers.length > 1 && this.#current && { throttler: this.#current.name };
    const command = { path, body: { ...body, ...throttler } };
    const message = await this.#source?.command(command, this.#token);
    // Its occurrences come with the next message too, so their numbers are as before.
    if (message !== undefined) this.#take(message);
  }

  /** Tries the token with a command that changes nothing. */
  async #unlock(form: HTMLFormElement): Promise<void> {
    const token = String(new FormData(form).get('token'));
    await this.#source?.command({ path: 'check', body: {} }, token);
    this.#token = token;
  }

  #ask(question: Question, then: (form: HTMLFormElement) => Promise<void>): void {
    this.#question = question;
    this.#afterQuestion = then;
    this.#problem = '';
    this.requestUpdate();
    this.updateComplete.then(() => this.#dialog?.showModal());
  }

  async #answer(form: HTMLFormElement): Promise<void> {
    try {
      await this.#afterQuestion?.(form);
      this.#cancel();
    } catch (error) {
      this.#problem = messageOf(error);
      this.requestUpdate();
    }
  }

  /** Shows why a command without a question was not run. */
  #failed(error: unknown): void {
    if (error instanceof CommandError && error.isUnauthorized) this.#token = undefined;
    const title = 'The command was not run';
    this.#ask(
      { title, text: messageOf(error), action: 'Close', isDestructive: false, asksToken: false },
      async () => {},
    );
  }

  #cancel(): void {
    this.#question = undefined;
    this.#afterQuestion = undefined;
    if (this.#dialog?.open) this.#dialog.close();
    this.requestUpdate();
  }

  get #dialog(): HTMLDialogElement | null {
    return this.renderRoot.querySelector('dialog');
  }
}

/** Returns the latest occurrences, the newest first. A repeated one replaces the one before. */
function merged(before: readonly Occurrence[], added: readonly Occurrence[]): Occurrence[] {
  const keyOf = ({ kind, rule, level, mode }: Occurrence) => `${kind} ${level} ${rule} ${mode}`;
  const isRepeated = ({ count }: Occurrence) => count > 1;
  const repeated = new Set(added.filter(isRepeated).map(keyOf));
  const seqs = new Set(added.map(({ seq }) => seq));
  const kept = before.filter((each) => !seqs.has(each.seq) && !repeated.has(keyOf(each)));
  return [...[...added].sort((a, b) => b.seq - a.seq), ...kept].slice(0, SHOWN);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
