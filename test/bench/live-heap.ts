/** What a process of qbg holds on to: the sum of a heap snapshot, which is taken after a garbage collection. */
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { pause } from './peer.ts'

interface Snapshot {
  readonly snapshot: { readonly meta: { readonly node_fields: readonly string[] } }
  readonly nodes: readonly number[]
}

/** Long enough for 10,000 VSIs. Seconds. */
const PATIENCE = 60

/** One process's snapshots. `nodeOptions` have to be those of the process. */
export class LiveHeap {
  readonly #directory: string

  /** `name` is no other process's. */
  constructor(name: string) {
    this.#directory = `/run/bench-heap-${name}`
    mkdirSync(this.#directory, { recursive: true })
  }

  get nodeOptions(): readonly string[] {
    return ['--heapsnapshot-signal=SIGUSR2', `--diagnostic-dir=${this.#directory}`]
  }

  /** Octets. The process stands still meanwhile. */
  async measure(pid: number): Promise<number> {
    process.kill(pid, 'SIGUSR2')
    for (let attempt = 0; attempt < PATIENCE * 5; attempt++) {
      await pause(200)
      const octets = this.#read()
      if (octets !== undefined) return octets
    }
    throw new Error('no heap snapshot')
  }

  /** Undefined while it is not there, whole. */
  #read(): number | undefined {
    const [name] = readdirSync(this.#directory)
    if (name === undefined) return undefined
    const path = join(this.#directory, name)
    const text = readFileSync(path, 'utf8')
    if (!text.trimEnd().endsWith('}')) return undefined
    rmSync(path)
    const { snapshot, nodes } = JSON.parse(text) as Snapshot
    const { node_fields: fields } = snapshot.meta
    const size = fields.indexOf('self_size')
    let sum = 0
    for (let at = size; at < nodes.length; at += fields.length) sum += nodes[at]!
    return sum
  }
}
