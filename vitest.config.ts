import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    pool: 'forks', // sockets are opened in tests; a worker thread that ends with an open poll handle crashes
    testTimeout: 20_000,
    hookTimeout: 30_000,
  },
})
