import { chunksOf } from './bytes.js';
import { ItemCounter } from './item-counter.js';
import { isText } from './response-body.js';

/**
 * Returns the number of items of a response whose body is a JSON list, when all of it has come;
 * undefined if it is no list, does not come in full, or is not worth to be read on. The response
 * can be read as before; nothing of it is kept. It has to be called before the body is read. An
 * abort of the request ends the body, and so the reading.
 *
 * @param isWorth whether a list of at least so many items is to be read on
 */
export async function itemsIn(
  response: Response,
  isWorth: (items: number) => boolean,
): Promise<number | undefined> {
  if (!isText(response)) return undefined;
  try {
    const { body } = response.clone();
    if (!body) return undefined;
    const counter = new ItemCounter();
    for await (const chunk of chunksOf(body)) {
      counter.push(chunk);
      if (!isWorth(counter.atLeast)) return undefined;
    }
    return counter.items;
  } catch {
    // The body did not come, which its reader will learn.
    return undefined;
  }
}
