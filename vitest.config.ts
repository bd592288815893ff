import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    watch: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // Addon, database and worker pools belong to a process, which forks keep apart.
    pool: 'forks',
    maxWorkers: 2,
  },
});
