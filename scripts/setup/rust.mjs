// Set-up of the Rust toolchain in rust-toolchain.toml, with its components and targets.

import { read } from '../lib/project.mjs';
import { ask } from '../lib/run.mjs';

function wanted() {
  const file = read('rust-toolchain.toml');
  const channel = /^channel = "(.+)"$/m.exec(file)?.[1];
  if (channel === undefined) throw new Error('rust-toolchain.toml names no channel');
  /** @param {string} key */
  const list = (key) =>
    [...(new RegExp(`^${key} = \\[(.*)\\]$`, 'm').exec(file)?.[1] ?? '').matchAll(/"(.+?)"/g)].map(
      ([, name = '']) => name,
    );
  return { channel, components: list('components'), targets: list('targets') };
}

const hasRustup = () => ask('rustup', ['--version']) !== undefined;

/** Missing parts by kind; `toolchain` is true if no part is installed. */
function missing() {
  const { channel, components, targets } = wanted();
  const installed = ask('rustup', [
    'component',
    'list',
    '--installed',
    '--toolchain',
    channel,
  ])?.split('\n');
  return {
    toolchain: installed === undefined,
    // rustup lists a component as `<component>-<host>`, and a target as its standard library.
    components: components.filter(
      (name) => !installed?.some((line) => line.startsWith(`${name}-`)),
    ),
    targets: targets.filter((name) => !installed?.includes(`rust-std-${name}`)),
  };
}

/** @type {import('./step.mjs').Step} */
export const rust = {
  name: 'Rust toolchain',

  find() {
    if (!hasRustup()) return ['rustup, which installs Rust'];
    const { toolchain, components, targets } = missing();
    if (toolchain) return [`Rust ${wanted().channel}`];
    return [...components, ...targets.map((target) => `the target ${target}`)];
  },

  install() {
    if (!hasRustup()) return [];
    const { channel } = wanted();
    const { toolchain, components, targets } = missing();
    const commands = [];
    if (toolchain)
      commands.push(['toolchain', 'install', channel, '--profile', 'minimal', '--no-self-update']);
    if (components.length > 0)
      commands.push(['component', 'add', '--toolchain', channel, ...components]);
    if (targets.length > 0) commands.push(['target', 'add', '--toolchain', channel, ...targets]);
    return commands.map((args) => ({ argv: ['rustup', ...args], minutes: 5 }));
  },

  byHand() {
    if (!hasRustup()) return "curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh";
    return rust
      .install()
      .map(({ argv }) => argv.join(' '))
      .join(' && ');
  },
};
