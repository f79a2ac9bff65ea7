// Runs a TypeScript module in a process of its own, for what must be seen from outside: that it ends, or how it dies.
// node run-typescript.mjs MODULE [ARGUMENT...]
import { runnerImport } from 'vite'

await runnerImport(process.argv[2], { configFile: false, logLevel: 'error' })
