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
    testTimeout: 30_000,
  },
})
