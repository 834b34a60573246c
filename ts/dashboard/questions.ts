import type { Reading } from '../shared/watch/reading.js';
import { countdown } from './format.js';
import type { Command } from './source.js';
import type { Question } from './view/controls.js';

/** Asks for the token of a monitor. */
export const ASK_TOKEN: Question = {
  title: 'Unlock controls',
  text: 'Commands need the token of the monitor. It is kept until this page is left.',
  action: 'Unlock',
  isDestructive: false,
  asksToken: true,
};

/**
 * Returns the question to ask before a command; undefined if it needs none.
 *
 * @param confirmed the modes that need a confirmation
 * @param now the time of the throttler
 */
export function questionFor(
  { path, body }: Command,
  { pause }: Reading,
  confirmed: readonly string[],
  now: number,
): Question | undefined {
  const question = { isDestructive: true, asksToken: false };
  if (path === 'mode' && confirmed.includes(String(body.mode)))
    return {
      ...question,
      title: `Switch to ${body.mode} mode?`,
      text:
        'It gives up most of the margin below the limits, for moments in which each request ' +
        'counts. Other clients of this address may be refused, and so may this one.',
      action: `Switch to ${body.mode}`,
    };
  if (path !== 'resume' || pause === null || pause.cause === 'pause') return undefined;
  const rest = pause.until === null ? '' : `, for another ${countdown(pause.until - now)}`;
  const why = pause.cause === 'ban' ? 'has banned this address' : 'refuses requests';
  return {
    ...question,
    title: 'Resume now?',
    text: `The server ${why}${rest}. Requests before that are refused and may prolong it.`,
    action: 'Resume anyway',
  };
}
