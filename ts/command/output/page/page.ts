/** A page that needs nothing but itself: text is escaped, charts are drawn by its own script. */

import style from 'uplot/dist/uPlot.min.css?text';
import script from './main.ts?text';
import own from './style.css?text';

/** A text in which markup has a meaning. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** Template of markup. Values are escaped unless they are markup; lists are joined. */
export function html(
  parts: TemplateStringsArray,
  ...values: (string | number | Html | readonly Html[])[]
): Html {
  let text = '';
  parts.forEach((part, i) => {
    const value = values[i] ?? '';
    if (value instanceof Html) text += part + value.text;
    else if (typeof value === 'object') text += part + value.map((one) => one.text).join('');
    else text += part + escaped(String(value));
  });
  return new Html(text);
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

export interface Chart {
  readonly id: string;
  readonly detail: string;
  readonly values: readonly number[];
}

/** Charts of used fractions over the same times. */
export function charts(all: readonly Chart[]): Html {
  const figures = all.map(
    ({ id, detail }, i) =>
      html`<figure data-chart="${i}"><figcaption><b>${id}</b><span data-detail="${detail}">${detail}</span></figcaption><div class="chart"></div></figure>`,
  );
  return html`<div class="charts">${figures}</div>`;
}

/**
 * Returns the page.
 *
 * @param times of the points of all charts, Unix s
 */
export function page(
  title: string,
  body: Html,
  times: readonly number[],
  all: readonly Chart[],
): string {
  // `<` within data could end the script.
  const data = JSON.stringify({ times, charts: all }).replaceAll('<', '\\u003c');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
<style>${own}</style>
</head>
<body>
${body.text}
<script type="application/json" id="data">${data}</script>
<script>${script.replaceAll('</script', '<\\/script')}</script>
</body>
</html>
`;
}
