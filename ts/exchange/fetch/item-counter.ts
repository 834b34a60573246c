const QUOTE = 0x22;
const COMMA = 0x2c;
const BACKSLASH = 0x5c;
const OPENING = [0x5b, 0x7b];
const CLOSING = [0x5d, 0x7d];
const BLANKS = [0x20, 0x0a, 0x0d, 0x09];

/**
 * Counts the items of a JSON list as its bytes come, without keeping them. Only the list itself is
 * looked at, so text that is not JSON may count as a list, but never as a shorter one than it is.
 */
export class ItemCounter {
  #depth = 0;
  #commas = 0;
  #hasItem = false;
  #inText = false;
  #isEscaped = false;
  /** Whether the bytes so far can begin a list. */
  #isList = true;
  #isComplete = false;

  /** Takes the next bytes. */
  push(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (!this.#isList) return;
      this.#take(byte);
    }
  }

  /** Lower bound of the number of items. */
  get atLeast(): number {
    return this.#hasItem ? this.#commas + 1 : 0;
  }

  /** Number of items of a list that has come in full; undefined for anything else. */
  get items(): number | undefined {
    return this.#isList && this.#isComplete ? this.atLeast : undefined;
  }

  #take(byte: number): void {
    if (this.#isEscaped) {
      this.#isEscaped = false;
    } else if (this.#inText) {
      if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#inText = false;
    } else if (!BLANKS.includes(byte)) {
      this.#takeToken(byte);
    }
  }

  #takeToken(byte: number): void {
    if (this.#depth === 0) {
      // The list begins. Nothing stands before it, and nothing comes after it.
      this.#isList = !this.#isComplete && byte === OPENING[0];
      this.#depth = 1;
      return;
    }
    if (CLOSING.includes(byte)) {
      this.#depth -= 1;
      this.#isComplete = this.#depth === 0;
      return;
    }
    this.#hasItem = true;
    if (byte === COMMA && this.#depth === 1) this.#commas += 1;
    else if (byte === QUOTE) this.#inText = true;
    else if (OPENING.includes(byte)) this.#depth += 1;
  }
}
