/** A mistake in what the user gave: arguments or files. The command prints its text alone. */
export class UserError extends Error {}
