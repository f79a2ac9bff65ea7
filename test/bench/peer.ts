/** What a measurement needs of a daemon at one end of the wire, whoever made it. */

export type Program = 'qbg' | 'lldpad'

export interface Peer {
  readonly program: Program
  readonly role: 'station' | 'bridge'
  /** Of the daemon, for /proc. */
  readonly pid: number
  /** Resolves when it answers its own tools. */
  start(): Promise<void>
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
}

/** A peer that can be asked for VSIs. */
export interface StationPeer extends Peer {
  /** Resolves when a VSI has been granted: EVB is negotiated. */
  untilReady(): Promise<void>
  /** Asks for all of them at once; resolves when each has an answer, or `seconds` are over. */
  associate(vsis: readonly BenchVsi[], seconds: number): Promise<Granted>
}

export interface Granted {
  /** Distinct VSIs that the client was told are associated. */
  readonly count: number
  /** From the first request to the last grant that the client heard of. Milliseconds. */
  readonly elapsed: number
}

export interface BenchVsi {
  readonly id: string
  readonly mac: string
  readonly vid: number
}

/** VSI `number` of a run: a UUID, a MAC address and a VLAN of its own. */
export function benchVsi(number: number): BenchVsi {
  const hex = number.toString(16).padStart(12, '0')
  const octets = hex.slice(4).match(/../g)!
  return { id: `8c3e0000-51aa-4b1e-9d00-${hex}`, mac: `52:54:${octets.join(':')}`, vid: 100 }
}

export function benchVsis(from: number, count: number): BenchVsi[] {
  return Array.from({ length: count }, (_, index) => benchVsi(from + index))
}

export async function until(what: string, done: () => Promise<boolean>, seconds: number): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  while (!(await done())) {
    if (performance.now() > deadline) throw new Error(`no ${what} within ${seconds} s`)
    await pause(20)
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}
