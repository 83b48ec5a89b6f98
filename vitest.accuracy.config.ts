import { defineConfig } from 'vitest/config'

// Exact accuracy on published data sets, named by FOREWARN_DATA; minutes, not seconds.
export default defineConfig({
  test: {
    include: ['bench/accuracy/**/*.test.ts'],
    testTimeout: 600_000,
  },
})
