// Starts the soak in network and mount namespaces of its own: npm run soak -- --help
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const file = (name) => fileURLToPath(new URL(name, import.meta.url))
const { status, signal } = spawnSync(
  file('../support/in-namespace.sh'),
  [file('../support/run-typescript.mjs'), file('main.ts')],
  {
    stdio: 'inherit',
    env: {
      ...process.env,
      QBG_UNSHARE: process.getuid() === 0 ? '-nm' : '-Urnm',
      QBG_NODE: process.execPath,
      QBG_SOAK_ARGUMENTS: JSON.stringify(process.argv.slice(2)),
    },
  },
)
process.exitCode = status ?? (signal ? 1 : 0)
