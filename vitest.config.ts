import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'src/**/*.test.ts',
      'dashboard/**/*.test.ts',
      'test/**/*.test.ts',
      'deploy/**/*.test.ts',
    ],
    exclude: ['test/live/**', 'test/browser/**', 'node_modules/**'],
    setupFiles: ['test/property-seed.ts'],
    // A process takes file after file: loading all of it anew for each was half of the run.
    isolate: false,
    // One fewer than cores is the default, which on two is one.
    maxWorkers: '100%',
    // For what hangs, not for what is slow on a full machine.
    testTimeout: 120_000,
  },
})
