// Set-up of React 18: the hooks are for both major versions, and the workspace has the later one.

import { npmFolder } from './npm-folder.mjs';

const { modules, isFresh, install } = npmFolder('react-18');

/** The folder that has `react` and `react-dom`. */
export const react18Modules = modules;

/** @type {import('./step.mjs').Step} */
export const react18 = {
  name: 'React 18',
  needs: ['node'],
  find: () => (isFresh() ? [] : ['React 18']),
  install,
};
