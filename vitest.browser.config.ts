import { defineConfig } from 'vitest/config'

/** Tests in a real browser (Debian's chromium, or the one that CHROMIUM names). */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    globalSetup: ['test/browser/build-page.ts'],
    // One browser at a time.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // The list comes once a second, more slowly on a busy machine.
    expect: { poll: { timeout: 15_000 } },
  },
})
