/** @param {readonly number[]} numbers */
export const median = (numbers) => quantile(numbers, 0.5);

/**
 * The smallest of the numbers that is at least as large as `share` of them; between two for the median of an even
 * count.
 * @param {readonly number[]} numbers
 * @param {number} share
 */
export function quantile(numbers, share) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const at = share * sorted.length;
  const upper = sorted[Math.min(Math.floor(at), sorted.length - 1)] ?? Number.NaN;
  const lower = sorted[Math.max(Math.ceil(at) - 1, 0)] ?? Number.NaN;
  return share === 0.5 ? (lower + upper) / 2 : lower;
}

/**
 * So many rounds, in groups of at most three. A group gets processes of its own, as from one process to the next code and
 * memory fall into place differently, which is a tenth of the time and more.
 * @param {number} rounds
 * @returns {number[]} how many rounds each group has
 */
export function groups(rounds) {
  const count = Math.ceil(rounds / 3);
  return Array.from({ length: count }, (_, i) => Math.ceil((rounds - i) / count));
}

/**
 * In turns: every round asks each once, and every other round in the opposite order, so that neither a slow phase of
 * the machine nor the place in the order falls to one of them alone.
 * @template T
 * @param {number} rounds
 * @param {readonly T[]} list
 * @param {(item: T, round: number) => Promise<void>} work
 */
export async function inTurns(rounds, list, work) {
  for (let round = 0; round < rounds; round++) {
    for (const item of round % 2 === 0 ? list : [...list].reverse()) await work(item, round);
  }
}
