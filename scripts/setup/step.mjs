// The type of a set-up step. The steps are in the other files of this folder.

/**
 * A command of an installation.
 * @typedef {object} Command
 * @property {string[]} argv
 * @property {number} minutes timeout
 * @property {NodeJS.ProcessEnv} [env] additional variables
 */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {import('../setup.mjs').Part[]} [needs] steps that have to come before
 * @property {() => string[]} find names of parts that are missing or have the wrong version
 * @property {() => Command[]} install commands that install the missing parts; none if only a
 *   person can
 * @property {() => void} [installed] called after the commands have succeeded
 * @property {() => void} [cleanUp] called when all steps have been installed
 * @property {() => string} [byHand] instructions if `install` fails; its commands by default
 */

export {};
