import { defineConfig } from 'vitest/config';

/** Apart from the ordinary suite: a boot takes minutes, and run.sh has to make what is booted. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ['*.trial.ts'],
    watch: false,
    pool: 'forks',
    reporters: ['verbose'],
  },
});
