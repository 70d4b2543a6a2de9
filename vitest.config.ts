import { defineConfig } from 'vitest/config';

// Real servers on a shared CI machine stall at times. A test that fails twice in a row is broken; at home it may fail once.
const retry = process.env['CI'] === 'true' ? 1 : 0;

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          setupFiles: ['tests/support/no-network.ts'],
        },
      },
      { test: { name: 'contract', include: ['tests/contract/**/*.test.ts'], retry, testTimeout: 30_000 } },
      {
        test: {
          name: 'acceptance',
          include: ['tests/acceptance/**/*.test.ts', 'tests/compose/**/*.test.ts'],
          retry,
          testTimeout: 120_000,
          hookTimeout: 120_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
