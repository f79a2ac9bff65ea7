/**
 * A vitest pool whose workers each start in network and mount namespaces of their own (as root), or in a user
 * namespace besides (as anybody else). One worker runs one test file: what a file does to the network is seen by
 * nobody else and is gone with it. `/run` is a fresh tmpfs there, so `ip netns add` works and leaks nothing.
 *
 * A worker cannot do this to itself, because a user namespace is closed to a process with several threads, as
 * every Node is. Without namespaces the workers start plainly and the tests that need them are skipped by name.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { ForksPoolWorker, type PoolOptions, type PoolRunnerInitializer } from 'vitest/node'

const WRAPPER = fileURLToPath(new URL('in-namespace.sh', import.meta.url))
const UNSHARE = process.getuid?.() === 0 ? '-nm' : '-Urnm'

/** Undefined when a worker in namespaces can be started, otherwise why not. */
function whatIsMissing(): string | undefined {
  const environment = { ...process.env, QBG_UNSHARE: UNSHARE, QBG_NODE: process.execPath }
  const { status, stderr, error } = spawnSync(WRAPPER, ['-e', '0'], { env: environment, encoding: 'utf8' })
  if (status === 0) return undefined
  const said = (error?.message ?? stderr)
    .trim()
    .split('\n')[0]
    ?.replace(WRAPPER, '')
    .replace(/^: \d+: /, '')
  return said || `unshare ended with ${status}`
}

class NamespacePoolWorker extends ForksPoolWorker {
  override readonly name = 'namespaces'

  /** `fork` reads `process.execPath` before `start` first waits; there is no other way to give it one. */
  override start(): Promise<void> {
    const node = process.execPath
    process.execPath = WRAPPER
    try {
      return super.start()
    } finally {
      process.execPath = node
    }
  }
}

export function namespacePool(): PoolRunnerInitializer {
  const missing = whatIsMissing()
  return {
    name: 'namespaces',
    createPoolWorker(options: PoolOptions) {
      if (missing !== undefined) {
        return new ForksPoolWorker({ ...options, env: { ...options.env, QBG_NO_NAMESPACES: missing } })
      }
      const env = { ...options.env, QBG_UNSHARE: UNSHARE, QBG_NODE: process.execPath, QBG_IN_NAMESPACES: '1' }
      return new NamespacePoolWorker({ ...options, env })
    },
  }
}
