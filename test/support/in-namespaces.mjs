// Runs a TypeScript module in network and mount namespaces of its own; its arguments are in QBG_ARGUMENTS, as JSON.
// node in-namespaces.mjs MODULE [ARGUMENT...]
import { spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = (name) => fileURLToPath(new URL(name, import.meta.url))
const [module, ...rest] = process.argv.slice(2)
const { status, signal } = spawnSync(
  here('in-namespace.sh'),
  [here('run-typescript.mjs'), resolve(module)],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      QBG_UNSHARE: process.getuid() === 0 ? '-nm' : '-Urnm',
      QBG_NODE: process.execPath,
      QBG_ARGUMENTS: JSON.stringify(rest),
    },
  },
)
process.exitCode = status ?? (signal ? 1 : 0)
