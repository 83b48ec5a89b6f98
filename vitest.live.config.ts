import { defineConfig } from 'vitest/config'

/**
 * Tests against real servers of other makers. Each starts and stops its own; where a server is not
 * installed, its tests are skipped and the run says which, and with CI set that is a failure.
 */
export default defineConfig({
  test: {
    include: ['test/live/**/*.test.ts'],
    // Most of their time is waiting for servers to start, to notice and to give up.
    maxWorkers: 2,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
