import { defineConfig } from 'vitest/config'

/**
 * Tests against real servers of other makers. Each starts and stops its own; where a server is not
 * installed, its tests are skipped and the run says which, and with CI set that is a failure.
 */
export default defineConfig({
  test: {
    include: ['test/live/**/*.test.ts'],
    // One set of servers at a time.
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 180_000,
  },
})
