// What a step of the set-up is. The steps themselves are the neighbouring files.

/**
 * A command of an installation.
 * @typedef {object} Command
 * @property {string[]} argv
 * @property {number} minutes time limit
 * @property {NodeJS.ProcessEnv} [env] variables on top of the usual ones
 */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {import('../setup.mjs').Part[]} [needs] the steps it builds upon
 * @property {() => string[]} find what is missing or has the wrong version, in words; empty when all is there
 * @property {() => Command[]} install the commands that bring what is missing; none where only a person can
 * @property {() => void} [installed] runs once the commands have succeeded
 * @property {() => string} [byHand] what a person does where `install` cannot help; the commands unless given
 */

export {};
