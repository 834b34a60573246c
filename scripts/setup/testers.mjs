// Set-up of the tools for `npm run fuzz` and `npm run mutants`. Versions are fixed, and --locked
// fixes those of their dependencies, so that old runs can be repeated.

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
  // Called without its subcommand, cargo-mutants behaves like cargo.
  asks: ['mutants', '--version'],
  version: '27.1.0',
  flags: ['--locked'],
}));
