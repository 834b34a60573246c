import { html, nothing, type TemplateResult } from 'lit';
import type { Reading } from '../../shared/watch/reading.js';

/** The durations of a mode, in milliseconds by their names. */
const DURATIONS: readonly (readonly [string, number | undefined])[] = [
  ['for 5 min', 300_000],
  ['for 15 min', 900_000],
  ['for 1 h', 3_600_000],
  ['until changed', undefined],
];

/** The calls of the controls. */
export interface ControlCalls {
  mode(mode: string, ms: number | undefined): void;
  pause(): void;
  resume(): void;
  unlock(): void;
}

/** Renders the buttons, or the one that asks for the token. */
export function controlsView(
  { mode, modes, pause }: Reading,
  isAuthorized: boolean,
  calls: ControlCalls,
): TemplateResult {
  if (!isAuthorized)
    return html`<div class="controls">
      <button @click=${() => calls.unlock()}>Unlock controls…</button>
    </div>`;
  const toMode = (event: Event, name: string) => {
    const select = (event.target as HTMLElement).closest('.controls')?.querySelector('select');
    const [, ms] = DURATIONS[Number(select?.value ?? -1)] ?? [];
    // The normal mode is the one that others end with.
    calls.mode(name, name === 'normal' ? undefined : ms);
  };
  const all = modes.includes(mode) ? modes : [...modes, mode];
  return html`<div class="controls">
    ${
      modes.length === 0
        ? nothing
        : html`<div class="modes" role="group" aria-label="Mode">
            ${all.map(
              (name) => html`<button
                aria-pressed=${name === mode ? 'true' : 'false'}
                @click=${(event: Event) => toMode(event, name)}
              >
                ${name}
              </button>`,
            )}
          </div>
          <select aria-label="How long the next mode lasts">
            ${DURATIONS.map(([name], index) => html`<option value=${index}>${name}</option>`)}
          </select>`
    }
    ${
      pause === null
        ? html`<button @click=${() => calls.pause()}>Pause all</button>`
        : html`<button @click=${() => calls.resume()}>Resume</button>`
    }
  </div>`;
}

/** A question before a command. */
export interface Question {
  readonly title: string;
  readonly text: string;
  readonly action: string;
  readonly isDestructive: boolean;
  /** Whether it asks for the token of the monitor. */
  readonly asksToken: boolean;
}

/** Renders the dialog of a question, which is opened elsewhere. */
export function dialogView(
  question: Question | undefined,
  problem: string,
  answer: (form: HTMLFormElement) => void,
  cancel: () => void,
): TemplateResult {
  const submit = (event: Event) => {
    event.preventDefault();
    answer(event.target as HTMLFormElement);
  };
  return html`<dialog aria-labelledby="question" @cancel=${cancel} @close=${cancel}>
    <form @submit=${submit}>
      <h3 id="question">${question?.title}</h3>
      <p>${question?.text}</p>
      ${
        question?.asksToken
          ? html`<label>
              Token
              <input name="token" type="password" autocomplete="off" required autofocus />
            </label>`
          : nothing
      }
      <p class="problem" role="alert">${problem}</p>
      <div class="actions">
        <button type="button" @click=${cancel}>Cancel</button>
        <button class=${question?.isDestructive ? 'destructive' : 'primary'}>
          ${question?.action}
        </button>
      </div>
    </form>
  </dialog>`;
}
