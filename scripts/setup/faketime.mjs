// Set-up of the library that gives a server another clock, for `npm run faults`.

import { existsSync } from 'node:fs';
import { which } from '../lib/project.mjs';
import { fromDebian } from './debian.mjs';

const LIBRARIES = ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map(
  (machine) => `/usr/lib/${machine}/faketime/libfaketimeMT.so.1`,
);

/** The path of the library; undefined if it is not installed. */
export const findFaketime = () => LIBRARIES.find(existsSync);

/** @type {import('./step.mjs').Step} */
export const faketime = {
  name: 'faketime',
  // Elsewhere the tests with another clock are not run.
  find: () => (findFaketime() || !which('apt-get') ? [] : ['faketime']),
  install: () => fromDebian('faketime'),
};
