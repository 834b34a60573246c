import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/ts/**/*.test.ts'],
    // Some tests start processes, which is slow on a busy machine. No test waits for time to pass.
    testTimeout: 60_000,
    // `npm run check` finds type errors outside of the type tests.
    typecheck: { enabled: true, include: ['tests/ts/**/*.test-d.ts'], ignoreSourceErrors: true },
  },
});
