import { defineConfig } from 'vitest/config';

/** Tests with real servers mostly wait for them: more at once than there are cores. */
const WAITING_TESTS = 5;

// Real servers on a shared CI machine stall at times. A test that fails twice in a row is broken; at home it may fail once.
const retry = process.env['CI'] === 'true' ? 1 : 0;

const COMMON = {
  // A file cleans up after itself: to load every module anew for each of them takes half of the time.
  isolate: false,
  // Far beyond what any test takes: they bound what hangs, not how fast the machine is.
  testTimeout: 300_000,
  hookTimeout: 300_000,
  expect: {
    // A test that has expected nothing has tested nothing: a loop over nothing, a condition that did not hold.
    requireAssertions: true,
    // Vitest's own second is too short for a busy machine.
    poll: { timeout: 200_000 },
  },
};

/**
 * What the crowd would disturb: the demo promises to be up within a minute, a scrape to be fast. They leave a core
 * to spare, for what computes and waits for nobody.
 */
const QUIET_TESTS = [
  'tests/acceptance/demo.test.ts',
  'tests/contract/exporter-frozen-database.test.ts',
  'tests/contract/prometheus-tools.test.ts',
  'tests/contract/soak.test.ts',
];

export default defineConfig({
  test: {
    reporters: ['default', './tests/support/documents/reliability.ts'],
    projects: [
      {
        test: {
          name: 'unit',
          maxWorkers: 2,
          include: ['tests/unit/**/*.test.ts'],
          setupFiles: ['tests/support/machine/no-network.ts'],
          ...COMMON,
        },
      },
      {
        test: {
          name: 'contract',
          include: ['tests/contract/**/*.test.ts'],
          exclude: QUIET_TESTS,
          retry,
          ...COMMON,
          maxWorkers: WAITING_TESTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'acceptance',
          include: ['tests/acceptance/**/*.test.ts', 'tests/compose/**/*.test.ts'],
          exclude: QUIET_TESTS,
          retry,
          ...COMMON,
          maxWorkers: WAITING_TESTS,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'quiet',
          include: QUIET_TESTS,
          retry,
          ...COMMON,
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
