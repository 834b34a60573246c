/** Suggests what a misspelt name may have meant. */

/**
 * Returns `; did you mean a or b?` with the known names that are nearest to a name, or an empty
 * text if none is near.
 */
export function suggestion(name: string, known: Iterable<string>): string {
  const near = [...known]
    .map((one) => ({ one, distance: distanceOf(name.toLowerCase(), one.toLowerCase()) }))
    .filter(({ distance }) => distance <= Math.max(2, name.length / 3))
    .sort((a, b) => a.distance - b.distance);
  const least = near[0]?.distance ?? 0;
  const best = near.filter(({ distance }) => distance <= least).slice(0, 8);
  return best.length === 0 ? '' : `; did you mean ${best.map(({ one }) => one).join(', ')}?`;
}

/** The number of changed letters; a name that begins with the other is one letter away from it. */
function distanceOf(a: string, b: string): number {
  if (a === b) return 0;
  if (a.length > 2 && b.startsWith(a)) return 1;
  return levenshtein(a.slice(0, 100), b.slice(0, 100));
}

/** Edit distance, row by row. */
function levenshtein(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const change = (above[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, (above[j] as number) + 1, (row[j - 1] as number) + 1));
    }
    above = row;
  }
  return above[b.length] as number;
}
