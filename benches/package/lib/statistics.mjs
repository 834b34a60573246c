// Statistics of repeated measurements, and their order.

/** @param {readonly number[]} numbers */
export const median = (numbers) => quantile(numbers, 0.5);

/**
 * The smallest number that is at least as large as `share` of the numbers. The median of an even
 * count is the mean of the middle two.
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
 * Divides rounds into groups of at most three. Each group gets its own processes, as code and
 * memory are laid out differently in each process, which changes times by a tenth and more.
 * @param {number} rounds
 * @returns {number[]} the number of rounds of each group
 */
export function groups(rounds) {
  const count = Math.ceil(rounds / 3);
  return Array.from({ length: count }, (_, i) => Math.ceil((rounds - i) / count));
}

/**
 * Does the work for each item once per round, in reverse order in every other round, so that
 * neither a slow phase of the machine nor the position affects one item alone.
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
