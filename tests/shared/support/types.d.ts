/** ioredis, whose package lies outside of the workspace, with the commands that tests use. */
// biome-ignore lint/suspicious/noExplicitAny: the tests know what each command answers
export type Ioredis = any;
