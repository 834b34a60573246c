// The words for a cost by parameters.

/** @typedef {import('../../ts/shared/cost.ts').Cost} Cost */
/** @typedef {import('../../ts/shared/cost.ts').Steps} Steps */

/**
 * @param {Cost} cost
 * @returns {string}
 */
export function costText(cost) {
  if (typeof cost === 'number') return number(cost);
  const { batch, unless, plus, answer, atMost } = cost;
  const parts = [partsOf(cost).join('; ')];
  if (plus) parts.push(`and ${number(plus)} more`);
  if (answer !== undefined) {
    const { cost: each, every, most } = answer;
    parts.push(`and ${number(each)} for each ${every} items of the answer, at first for ${most}`);
  }
  if (atMost !== undefined) parts.push(`at most ${number(atMost)}`);
  if (unless) parts.push(`0 if ${code(unless[0])} is like ${code(unless[1])}`);
  const text = parts.join(', ');
  return batch === undefined ? text : `${batch[1]} to ${batch[2]} ${code(batch[0])}: ${text}`;
}

/**
 * The cases of a cost, in the order in which they are looked at.
 * @param {Exclude<Cost, number>} cost
 * @returns {string[]}
 */
function partsOf(cost) {
  const { noCoin, byValue, given = {}, byCount, noSymbol, byLimit, byAmount, perItem } = cost;
  const parts = [];
  const without = (/** @type {string} */ name, /** @type {Cost} */ amount) =>
    parts.push(`${costText(amount)} without ${code(name)}`);
  if (noCoin !== undefined) without('coin', noCoin);
  if (byValue) {
    const values = Object.entries(byValue[1]).map(
      ([value, one]) => /** @type {const} */ ([value, costText(one)]),
    );
    const texts = [...new Set(values.map(([, text]) => text))].map((text) => {
      const alike = values.filter(([, one]) => one === text).map(([value]) => code(value));
      return `${alike.join(', ')} ${text}`;
    });
    parts.push(`by ${code(byValue[0])}: ${texts.join('; ')}`);
  }
  for (const [name, amount] of Object.entries(given))
    parts.push(`${costText(amount)} with ${code(name)}`);
  if (byCount) parts.push(`by the number of ${code(byCount[0])}: ${steps(byCount[1])}`);
  for (const [name, amount] of Object.entries(cost.missing ?? {})) without(name, amount);
  if (noSymbol !== undefined) without('symbol', noSymbol);
  if (byLimit) parts.push(`by ${code('limit')}: ${steps(byLimit)}`);
  if (byAmount) parts.push(`by ${code(byAmount[0])}: ${steps(byAmount[1])}`);
  if (perItem) {
    const [name, each, every] = perItem;
    const counted = cost.once ? 'market' : every;
    parts.push(
      `${number(each)} for each ${counted === undefined ? '' : `${counted} `}of ${code(name)}`,
    );
  }
  const otherwise = cost.default ?? (perItem ? undefined : 1);
  if (otherwise !== undefined)
    parts.push(parts.length > 0 ? `else ${number(otherwise)}` : number(otherwise));
  return parts;
}

/** @param {Steps} table */
function steps(table) {
  return table
    .map(([most, cost], i) => {
      if (i > 0 && i === table.length - 1) return `${number(cost)} above`;
      // Steps may end right below a number.
      const next = Math.ceil(most);
      return next > most && next - most < 1e-5
        ? `${number(cost)} below ${next}`
        : `${number(cost)} up to ${number(most)}`;
    })
    .join(', ');
}

/** @param {string} name */
const code = (name) => `\`${name}\``;

/** @param {number} amount */
const number = (amount) => String(Number(amount.toPrecision(12)));
