import { defineConfig } from 'vitest/config';

/** Shared by every package: tests run on the packages' sources, with no build before them. */
export default defineConfig({
  ssr: { resolve: { conditions: ['@descant/source', 'module', 'node', 'import', 'default'] } },
  test: {
    include: ['tests/**/*.test.ts', 'src/**/*.test.ts'],
    environment: 'node',
    // The report is what `npm test` counts from.
    reporters: ['default', 'json'],
    outputFile: { json: '.cache/vitest.json' },
    // Two cores are the smallest machine the suite is meant for.
    testTimeout: 30_000,
    coverage: { provider: 'v8', include: ['src/**/*.ts'], reporter: ['text-summary', 'html'] },
  },
});
