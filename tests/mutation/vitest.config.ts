import { defineConfig } from 'vitest/config';

/** The unit tests of the two services: those of documents and import rules read sources, which Stryker has rewritten. */
export default defineConfig({
  test: {
    include: ['tests/unit/{alert-bridge,common,exporter}/**/*.test.ts'],
    // Slow, and at random: what they alone notice today, they may not notice tomorrow.
    exclude: ['tests/unit/**/*-property.test.ts'],
    setupFiles: ['tests/support/machine/no-network.ts'],
    isolate: false,
    testTimeout: 300_000,
  },
});
