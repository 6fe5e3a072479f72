import { defineConfig } from 'vitest/config';

export default defineConfig({
  // The build writes the real one.
  define: { __NB2MOD_VERSION__: JSON.stringify('0.0.0') },
  test: {
    globalSetup: ['scripts/python.mjs'],
    setupFiles: ['tests/properties.ts'],
    include: ['tests/**/*.test.ts'],
    // A limit against hanging, not a measure: the machines that run this can be ten times slower than usual.
    testTimeout: 300_000,
    hookTimeout: 600_000,
    maxWorkers: '100%',
    // What the files load is the same for most of them, and most of their time: a thread loads it once. No test changes
    // a module, the environment or the working folder.
    pool: 'threads',
    isolate: false,
    reporters: ['default'],
  },
});
