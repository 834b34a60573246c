// Scripts in Lua as the package carries them.

/**
 * The text without comments, blank lines and indentation.
 * @param {string} source whose comments stand on lines of their own
 */
export const luaText = (source) =>
  source
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('--'))
    .map((line) => `${line}\n`)
    .join('');
