import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['tests/ts/**/*.test.ts'],
    // Some tests start processes of their own, which is slow on a busy machine. No test waits for time to pass.
    testTimeout: 60_000,
    // Type errors outside the type tests are found by `npm run check`.
    typecheck: { enabled: true, include: ['tests/ts/**/*.test-d.ts'], ignoreSourceErrors: true },
  },
});
