import { defineConfig } from 'vitest/config'
import { namespacePool } from './test/support/namespace-pool.ts'

/** Tiers whose workers start in namespaces of their own; all others need nothing but Node. */
const IN_NAMESPACES = ['contract', 'netns', 'interop', 'browser'].map((tier) => `test/${tier}/**/*.test.ts`)

export default defineConfig({
  test: {
    testTimeout: 20_000,
    hookTimeout: 30_000,
    expect: { poll: { timeout: 10_000 } },
    projects: [
      {
        extends: true,
        test: {
          name: 'plain',
          include: ['test/**/*.test.ts'],
          exclude: IN_NAMESPACES,
          pool: 'forks', // a worker thread that ends with an open poll handle crashes
        },
      },
      { extends: true, test: { name: 'namespaces', include: IN_NAMESPACES, pool: namespacePool() } },
    ],
  },
})
