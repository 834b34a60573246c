// What `npm run fuzz` and `npm run mutants` need; no other command does. Fixed versions, so that a run of last year can
// be repeated, and --locked, so that the same holds for what they are built of.

import { cargoTool } from './cargo-tool.mjs';

export const fuzz = cargoTool('cargo-fuzz', () => ({
  crate: 'cargo-fuzz',
  program: 'cargo-fuzz',
  version: '0.13.2',
  flags: ['--locked'],
}));

export const mutants = cargoTool('cargo-mutants', () => ({
  crate: 'cargo-mutants',
  program: 'cargo-mutants',
  // It takes itself for cargo when it is called by its name.
  asks: ['mutants', '--version'],
  version: '27.1.0',
  flags: ['--locked'],
}));
