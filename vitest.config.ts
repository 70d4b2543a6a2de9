import { defineConfig } from 'vitest/config';

/** Tests with real servers mostly wait for them: more at once than there are cores. */
const WAITING_TESTS = 5;

// Real servers on a shared CI machine stall at times. A test that fails twice in a row is broken; at home it may fail once.
const retry = process.env['CI'] === 'true' ? 1 : 0;

/** Far beyond what any test takes: they bound what hangs, not how fast the machine is. */
const TEST_TIMEOUTS = {
  testTimeout: 300_000,
  hookTimeout: 300_000,
  // Vitest's own second is too short for a busy machine.
  expect: { poll: { timeout: 60_000 } },
};

/** The demo listens on the ports that the README names; how fast a scrape is cannot be told beside others. */
const LONELY_TESTS = ['tests/acceptance/demo*.test.ts', 'tests/contract/exporter-frozen-database.test.ts'];

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/reliability.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          include: ['tests/unit/**/*.test.ts'],
          setupFiles: ['tests/support/no-network.ts'],
          ...TEST_TIMEOUTS,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          exclude: LONELY_TESTS,
          retry,
          ...TEST_TIMEOUTS,
          maxWorkers: WAITING_TESTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'acceptance',
          include: ['tests/acceptance/**/*.test.ts', 'tests/compose/**/*.test.ts'],
          exclude: LONELY_TESTS,
          retry,
          ...TEST_TIMEOUTS,
          maxWorkers: WAITING_TESTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'alone',
          include: LONELY_TESTS,
          retry,
          ...TEST_TIMEOUTS,
          fileParallelism: false,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
