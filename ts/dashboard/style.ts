import { css, unsafeCSS } from 'lit';
import chartStyle from 'uplot/dist/uPlot.min.css';

const light = css`
  color-scheme: light;
  --mt-page: #f5f6f8;
  --mt-card: #ffffff;
  --mt-text: #15181e;
  --mt-muted: #59616e;
  --mt-border: #e2e5ea;
  --mt-track: #e8ebf0;
  --mt-accent: #2456d6;
  --mt-on-accent: #ffffff;
  --mt-ok: #0f7a52;
  --mt-ok-soft: #e2f5ec;
  --mt-warning: #8f5600;
  --mt-warning-fill: #e59a1a;
  --mt-warning-soft: #fdf1da;
  --mt-danger: #b8201f;
  --mt-danger-fill: #dc3b3a;
  --mt-danger-soft: #fde9e8;
  --mt-series-1: #2456d6;
  --mt-series-2: #c2570c;
  --mt-series-3: #0f8a6d;
  --mt-series-4: #8b3fd1;
  --mt-series-5: #b7791f;
  --mt-series-6: #c0266f;
  --mt-shadow: 0 1px 2px rgb(16 24 40 / 6%);
`;

const dark = css`
  color-scheme: dark;
  --mt-page: #0e1116;
  --mt-card: #161b22;
  --mt-text: #e7eaf0;
  --mt-muted: #9aa5b5;
  --mt-border: #272e39;
  --mt-track: #252c37;
  --mt-accent: #7ba4ff;
  --mt-on-accent: #0b1220;
  --mt-ok: #55cf98;
  --mt-ok-soft: #12301f;
  --mt-warning: #f3bb55;
  --mt-warning-fill: #e5a12f;
  --mt-warning-soft: #35270d;
  --mt-danger: #ff8b85;
  --mt-danger-fill: #f0524f;
  --mt-danger-soft: #3d1718;
  --mt-series-1: #7ba4ff;
  --mt-series-2: #ff9a5c;
  --mt-series-3: #4cd0ac;
  --mt-series-4: #c596ff;
  --mt-series-5: #ecc25a;
  --mt-series-6: #ff86bb;
  --mt-shadow: none;
`;

const layout = css`
  :host {
    display: block;
    container-type: inline-size;
    background: var(--mt-page);
    color: var(--mt-text);
    font: 14px/1.45 system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif;
    font-variant-numeric: tabular-nums;
    -webkit-font-smoothing: antialiased;
  }
  :host([hidden]) {
    display: none;
  }
  * {
    box-sizing: border-box;
  }
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  h3 {
    font-size: 13px;
    font-weight: 600;
  }
  .root {
    display: grid;
    gap: 16px;
    padding: 20px;
    max-width: 1320px;
    margin: 0 auto;
  }
  .is-stale .values {
    opacity: 0.5;
  }
  .values {
    display: grid;
    gap: 16px;
    grid-template-columns: minmax(0, 1fr);
  }
  .card {
    background: var(--mt-card);
    border: 1px solid var(--mt-border);
    border-radius: 10px;
    box-shadow: var(--mt-shadow);
    min-width: 0;
    /* An update of one card lays out no other. */
    contain: layout style;
  }
  .card-head {
    display: flex;
    align-items: baseline;
    justify-content: space-between;
    gap: 12px;
    padding: 14px 16px 0;
  }
  .note {
    color: var(--mt-muted);
    font-size: 12px;
  }
  .hidden {
    position: absolute;
    width: 1px;
    height: 1px;
    margin: -1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }

  /* The head: title, state, controls. */
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 12px 16px;
  }
  .title {
    display: flex;
    align-items: center;
    gap: 12px;
    min-width: 0;
    margin-right: auto;
  }
  h2 {
    font-size: 18px;
    font-weight: 650;
    letter-spacing: -0.01em;
    overflow-wrap: anywhere;
  }
  .state {
    display: inline-flex;
    align-items: center;
    gap: 8px;
    padding: 3px 12px 3px 10px;
    border-radius: 999px;
    font-size: 13px;
    font-weight: 600;
    white-space: nowrap;
    background: var(--mt-track);
    color: var(--mt-muted);
  }
  .state::before {
    content: '';
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: currentcolor;
  }
  .state.ok {
    background: var(--mt-ok-soft);
    color: var(--mt-ok);
  }
  .state.warning {
    background: var(--mt-warning-soft);
    color: var(--mt-warning);
  }
  .state.danger {
    background: var(--mt-danger-soft);
    color: var(--mt-danger);
  }
  .controls {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .modes {
    display: flex;
    padding: 3px;
    gap: 2px;
    border-radius: 9px;
    background: var(--mt-track);
  }
  button,
  select,
  input {
    font: inherit;
    font-size: 13px;
    color: inherit;
    border-radius: 7px;
  }
  button {
    cursor: pointer;
    font-weight: 550;
    min-height: 34px;
    padding: 0 14px;
    border: 1px solid var(--mt-border);
    background: var(--mt-card);
  }
  button:hover {
    border-color: var(--mt-muted);
  }
  button:disabled {
    cursor: default;
    opacity: 0.6;
  }
  .modes button {
    min-height: 30px;
    border-color: transparent;
    background: transparent;
    color: var(--mt-muted);
    text-transform: capitalize;
  }
  .modes button:hover {
    color: var(--mt-text);
  }
  .modes button[aria-pressed='true'] {
    background: var(--mt-card);
    color: var(--mt-text);
    box-shadow: 0 1px 2px rgb(0 0 0 / 14%);
  }
  select,
  input {
    min-height: 34px;
    padding: 0 10px;
    border: 1px solid var(--mt-border);
    background: var(--mt-card);
  }
  button.primary {
    background: var(--mt-accent);
    border-color: var(--mt-accent);
    color: var(--mt-on-accent);
  }
  button.destructive {
    background: var(--mt-danger);
    border-color: var(--mt-danger);
    color: var(--mt-card);
  }
  :focus-visible {
    outline: 2px solid var(--mt-accent);
    outline-offset: 2px;
  }

  /* The line below the head always has its place, so nothing jumps. */
  .banner {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 4px 16px;
    min-height: 48px;
    padding: 10px 16px;
    border-radius: 10px;
    border: 1px solid var(--mt-border);
    background: var(--mt-card);
    color: var(--mt-muted);
  }
  .banner.warning {
    background: var(--mt-warning-soft);
    border-color: transparent;
    color: var(--mt-warning);
  }
  .banner.danger {
    background: var(--mt-danger-soft);
    border-color: transparent;
    color: var(--mt-danger);
  }
  .banner strong {
    font-weight: 600;
  }
  .countdown {
    font-size: 16px;
    font-weight: 650;
    white-space: nowrap;
  }

  /* Tiles. */
  .tiles {
    display: grid;
    gap: 1px;
    grid-template-columns: repeat(2, minmax(0, 1fr));
    background: var(--mt-border);
    overflow: hidden;
  }
  .tile {
    padding: 14px 16px;
    background: var(--mt-card);
    min-width: 0;
  }
  .tile dt {
    color: var(--mt-muted);
    font-size: 12px;
  }
  .tile dd.figure {
    font-size: 24px;
    line-height: 1.25;
    font-weight: 650;
    letter-spacing: -0.02em;
    white-space: nowrap;
  }
  .tile dd.note {
    min-height: 18px;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .tile .bad {
    color: var(--mt-danger);
  }

  /* Rules. */
  .rules {
    max-height: 620px;
    overflow: auto;
    padding: 6px 16px 10px;
  }
  .rule {
    display: grid;
    grid-template-columns: minmax(0, 1fr) auto;
    grid-template-areas: 'id figures' 'meter meter' 'next percent';
    gap: 4px 12px;
    padding: 10px 0;
    align-items: center;
  }
  .rule + .rule {
    border-top: 1px solid var(--mt-border);
  }
  .rule-id {
    grid-area: id;
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
    font-weight: 550;
  }
  .rule-id > span:first-child {
    overflow: hidden;
    overflow-wrap: anywhere;
  }
  .tag {
    flex: none;
    padding: 0 6px;
    border-radius: 5px;
    font-size: 11px;
    line-height: 18px;
    font-weight: 550;
    background: var(--mt-track);
    color: var(--mt-muted);
  }
  .tag.warning {
    background: var(--mt-warning-soft);
    color: var(--mt-warning);
  }
  .meter {
    grid-area: meter;
    position: relative;
    height: 10px;
    border-radius: 5px;
    overflow: hidden;
    background: var(--mt-track);
  }
  .fill {
    position: absolute;
    inset: 0;
    /* Without a transition, which would draw 60 times a second. */
    transform-origin: left;
    background: var(--mt-accent);
  }
  .warning .fill {
    background: var(--mt-warning-fill);
  }
  .danger .fill {
    background: var(--mt-danger-fill);
  }
  .reserve {
    position: absolute;
    inset: 0 0 0 auto;
    background: repeating-linear-gradient(
      135deg,
      transparent 0 3px,
      color-mix(in srgb, var(--mt-muted) 45%, transparent) 3px 5px
    );
    border-left: 2px solid var(--mt-card);
  }
  .figures {
    grid-area: figures;
    text-align: right;
    white-space: nowrap;
  }
  .figures b {
    font-weight: 650;
  }
  .figures span,
  .next {
    color: var(--mt-muted);
  }
  .next {
    grid-area: next;
    font-size: 12px;
    white-space: nowrap;
    overflow: hidden;
    text-overflow: ellipsis;
  }
  .percent {
    grid-area: percent;
    text-align: right;
    font-size: 12px;
    font-weight: 600;
    white-space: nowrap;
  }
  .warning .percent {
    color: var(--mt-warning);
  }
  .danger .percent {
    color: var(--mt-danger);
  }

  /* Waiting, alerts. */
  table {
    width: 100%;
    border-collapse: collapse;
  }
  th,
  td {
    padding: 9px 16px;
    text-align: right;
    font-weight: 400;
    white-space: nowrap;
  }
  thead th {
    color: var(--mt-muted);
    font-size: 12px;
    padding-block: 8px 4px;
  }
  tbody tr {
    border-top: 1px solid var(--mt-border);
  }
  th:first-child {
    text-align: left;
    text-transform: capitalize;
  }
  td b {
    font-weight: 650;
  }
  .alerts {
    height: 300px;
    overflow: auto;
    padding: 6px 16px 12px;
  }
  .alert {
    display: grid;
    grid-template-columns: 8px minmax(0, 1fr) auto;
    gap: 10px;
    align-items: baseline;
    padding: 7px 0;
  }
  .alert::before {
    content: '';
    width: 8px;
    height: 8px;
    border-radius: 50%;
    background: var(--mt-muted);
  }
  .alert.warning::before {
    background: var(--mt-warning-fill);
  }
  .alert.danger::before {
    background: var(--mt-danger-fill);
  }
  .alert.active {
    font-weight: 600;
  }
  .alert p {
    overflow-wrap: anywhere;
  }
  .alert .note {
    white-space: nowrap;
    font-weight: 400;
  }
  .empty {
    color: var(--mt-muted);
    padding: 24px 0;
    text-align: center;
  }

  /* Charts. */
  .chart {
    padding: 8px 12px 8px 4px;
    min-height: 216px;
    /* Until a narrower chart is drawn. */
    overflow: hidden;
  }
  .legend {
    display: grid;
    grid-template-columns: repeat(auto-fill, minmax(150px, 1fr));
    gap: 2px 16px;
    padding: 0 16px 14px;
    font-size: 12px;
    min-height: 32px;
  }
  .legend li {
    display: flex;
    align-items: center;
    gap: 8px;
    min-width: 0;
  }
  .legend i {
    flex: none;
    width: 10px;
    height: 3px;
    border-radius: 2px;
  }
  .legend span {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
    color: var(--mt-muted);
  }
  .legend b {
    margin-left: auto;
    font-weight: 600;
  }

  /* Dialogs. */
  dialog {
    width: min(440px, calc(100vw - 32px));
    padding: 24px;
    border: 1px solid var(--mt-border);
    border-radius: 14px;
    background: var(--mt-card);
    color: var(--mt-text);
    box-shadow: 0 20px 50px rgb(0 0 0 / 28%);
  }
  dialog::backdrop {
    background: rgb(8 11 16 / 55%);
  }
  dialog h3 {
    font-size: 17px;
    margin-bottom: 8px;
  }
  dialog p {
    color: var(--mt-muted);
  }
  dialog label {
    display: grid;
    gap: 4px;
    margin-top: 14px;
    font-size: 13px;
    font-weight: 550;
  }
  dialog .problem {
    min-height: 20px;
    margin-top: 6px;
    color: var(--mt-danger);
  }
  .actions {
    display: flex;
    justify-content: flex-end;
    gap: 8px;
    margin-top: 16px;
  }
  .uplot,
  .uplot * {
    font-family: inherit;
  }
  .u-cursor-x {
    border-color: var(--mt-muted);
  }

  .main,
  .side {
    display: grid;
    gap: 16px;
    min-width: 0;
    align-content: start;
    grid-template-columns: minmax(0, 1fr);
  }
  @container (min-width: 620px) {
    .tiles {
      grid-template-columns: repeat(3, minmax(0, 1fr));
    }
    .rule {
      grid-template-columns: minmax(120px, 1.4fr) minmax(100px, 2fr) 116px 52px 128px;
      grid-template-areas: 'id meter figures percent next';
      gap: 16px;
    }
    .next {
      text-align: right;
    }
  }
  @container (min-width: 980px) {
    .tiles {
      grid-template-columns: repeat(6, minmax(0, 1fr));
    }
    .columns {
      display: grid;
      gap: 16px;
      grid-template-columns: minmax(0, 1fr) 340px;
    }
    .side {
      align-content: stretch;
      grid-template-rows: auto minmax(300px, 1fr);
    }
    .alerts-card {
      position: relative;
    }
    .alerts {
      position: absolute;
      inset: 38px 0 0;
      height: auto;
    }
    .charts {
      display: grid;
      gap: 16px;
      grid-template-columns: repeat(2, minmax(0, 1fr));
    }
  }
  @container (max-width: 979px) {
    .columns,
    .charts {
      display: grid;
      gap: 16px;
      grid-template-columns: minmax(0, 1fr);
    }
  }
  @container (max-width: 979px) {
    .main,
    .side {
      display: contents;
    }
    .charts {
      order: 1;
    }
  }
  @container (max-width: 480px) {
    .root {
      padding: 12px;
      gap: 12px;
    }
    .controls,
    .modes {
      width: 100%;
    }
    .modes button {
      flex: 1;
      padding: 0 6px;
    }
    .controls > button,
    .controls > select {
      flex: 1;
    }
    .banner {
      align-items: flex-start;
      flex-direction: column;
      min-height: 74px;
    }
  }
`;

/** The style of the element. The attribute `theme` overrides the preference of the user. */
export const style = [
  unsafeCSS(chartStyle),
  css`
    :host {
      ${light}
    }
    @media (prefers-color-scheme: dark) {
      :host {
        ${dark}
      }
    }
    :host([theme='light']) {
      ${light}
    }
    :host([theme='dark']) {
      ${dark}
    }
  `,
  layout,
];
