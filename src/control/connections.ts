/**
 * How many clients may be connected. When there are too many, who has been idle for longest makes place, and who has
 * not sent the whole request is idle; then who has been reading events for longest, and can connect again. So programs
 * that hold connections do not lock the others out. Only requests that are being served keep their place.
 */
import type { Socket } from 'node:net'

const MAX_CONNECTIONS = 256
/** Between two words about it. Milliseconds. */
const QUIET_TIME = 10_000

export class Connections {
  /** In the order in which they became idle. */
  readonly #idle = new Set<Socket>()
  /** In the order in which they began to read events. */
  readonly #readers = new Set<Socket>()
  readonly #tell: (message: string) => void
  #count = 0
  #toldAt = Number.NEGATIVE_INFINITY

  constructor(tell: (message: string) => void) {
    this.#tell = tell
  }

  add(socket: Socket): void {
    this.#count++
    this.#idle.add(socket)
    socket.once('close', () => {
      this.#count--
      this.#idle.delete(socket)
      this.#readers.delete(socket)
    })
    if (this.#count > MAX_CONNECTIONS) this.#makePlace(socket)
  }

  /** It reads events from now on. */
  reads(socket: Socket): void {
    this.#idle.delete(socket)
    if (!socket.destroyed) this.#readers.add(socket)
  }

  /** A request is being served until what is returned is called. */
  busy(socket: Socket): () => void {
    this.#idle.delete(socket)
    return () => {
      if (!socket.destroyed) this.#idle.add(socket)
    }
  }

  #makePlace(newcomer: Socket): void {
    this.#idle.delete(newcomer)
    const [oldest = newcomer] = [...this.#idle, ...this.#readers]
    this.#idle.add(newcomer)
    this.#idle.delete(oldest)
    this.#readers.delete(oldest)
    oldest.destroy()
    if (performance.now() - this.#toldAt < QUIET_TIME) return
    this.#toldAt = performance.now()
    this.#tell(
      `more than ${MAX_CONNECTIONS} clients on the control socket: those idle for longest, then readers of events, are cut off`,
    )
  }
}
