/**
 * How many clients may be connected. When there are too many, who has been idle for longest makes place: programs that
 * connect and ask nothing do not lock the others out. Only requests that are being served keep their place.
 */
import type { Socket } from 'node:net'

const MAX_CONNECTIONS = 256
/** Between two words about it. Milliseconds. */
const QUIET_TIME = 10_000

export class Connections {
  /** In the order in which they became idle. */
  readonly #idle = new Set<Socket>()
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
    })
    if (this.#count > MAX_CONNECTIONS) this.#makePlace()
  }

  /** A request is being served until `done` is called. */
  busy(socket: Socket): () => void {
    this.#idle.delete(socket)
    return () => {
      if (!socket.destroyed) this.#idle.add(socket)
    }
  }

  #makePlace(): void {
    for (const oldest of this.#idle) {
      this.#idle.delete(oldest)
      oldest.destroy()
      break
    }
    if (performance.now() - this.#toldAt < QUIET_TIME) return
    this.#toldAt = performance.now()
    this.#tell(
      `more than ${MAX_CONNECTIONS} clients on the control socket: those idle for longest are cut off`,
    )
  }
}
