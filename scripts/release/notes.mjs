// The notes of a release: its section of CHANGELOG.md.

/**
 * Returns the text of a version's section, without its heading.
 *
 * @param {string} changelog in the format of Keep a Changelog
 * @param {string} version such as `0.1.0`
 * @returns {string}
 * @throws {Error} if there is no such section, or nothing in it
 */
export function notesOf(changelog, version) {
  const sections = changelog.split(/^## /m).slice(1);
  const named = (/** @type {string} */ section) => {
    const [heading = ''] = section.split('\n');
    return heading.replace(/^\[|\].*$| - .*$/g, '').trim() === version;
  };
  const section = sections.find(named);
  const text = section?.slice(section.indexOf('\n')).trim();
  if (!text) throw new Error(`CHANGELOG.md has no section "## ${version}" with a text`);
  return `${text}\n`;
}
