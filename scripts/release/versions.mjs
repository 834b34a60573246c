// The version of a release stands in two manifests of Rust; the npm package takes it from there.

/**
 * Returns the version that both crates have.
 *
 * @param {{ facade: string, engine: string }} manifests the texts of both Cargo.toml
 * @returns {string}
 * @throws {Error} if the versions differ, or the facade asks for another version of the engine
 */
export function versionOf({ facade, engine }) {
  const find = (/** @type {string} */ text, /** @type {RegExp} */ pattern) =>
    pattern.exec(text)?.[1];
  const own = find(facade, /^version = "(.+)"$/m);
  const asked = find(facade, /^multi-throttler-engine = \{ version = "=(.+?)"/m);
  const engines = find(engine, /^version = "(.+)"$/m);
  if (own === undefined || own !== asked || own !== engines) {
    throw new Error(
      `Cargo.toml has version ${own} and asks for the engine ${asked}; src/engine/Cargo.toml has ` +
        `${engines}. Set all three to the same version.`,
    );
  }
  return own;
}
