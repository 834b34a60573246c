// The output of the comparison.

/** @typedef {import('./types.ts').Row & { reason?: string | undefined, status: Status }} Judged */
/** @typedef {'same' | 'default' | 'outranked' | 'decided' | 'undecided'} Status */

/** @param {Judged} row */
export function lineOf({ figure, ours, says, verdict, times, status }) {
  const params = Object.keys(figure.params).length > 0 ? ` ${JSON.stringify(figure.params)}` : '';
  const mark = { same: ' ', default: '~', outranked: '.', decided: '+', undecided: '!' }[status];
  const by = ours.by + (ours.unknown ? ', in no table' : '');
  const relation = verdict === 'same' ? 'same' : `${verdict} x${Number(times.toPrecision(3))}`;
  return `${mark} ${figure.endpoint}${params}: ${ours.text} (${by}); ${figure.source}: ${says}; ${relation}`;
}

/**
 * Endpoints and differences by profile.
 * @param {Judged[]} rows
 */
export function summaryOf(rows) {
  const profiles = [...new Set(rows.map(({ figure }) => figure.profile))].sort();
  return profiles.map((profile) => {
    const own = rows.filter(({ figure }) => figure.profile === profile);
    const count = (/** @type {Status} */ status) =>
      own.filter((row) => row.status === status).length;
    return {
      profile,
      endpoints: new Set(own.map(({ figure }) => figure.endpoint)).size,
      figures: own.length,
      same: count('same'),
      default: count('default'),
      outranked: count('outranked'),
      decided: count('decided'),
      undecided: count('undecided'),
    };
  });
}

/** @param {ReturnType<typeof summaryOf>} summary */
export function summaryText(summary) {
  const head = [
    'profile',
    'endpoints',
    'figures',
    'same',
    'default',
    'outranked',
    'decided',
    'undecided',
  ];
  const rows = [head, ...summary.map((row) => Object.values(row).map(String))];
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
