/** The socket on which a service manager hears its services: a unix datagram socket, which Node itself has not. */
import { bind, checked, close, recvfrom, socket } from '../../src/io/libc.ts'
import { poller } from '../../src/io/poller.ts'
import { Collected } from './deadline.ts'

const AF_UNIX = 1
const SOCK_DGRAM_NONBLOCK = 2 | 0x800 | 0x80000

export class NotifySocket {
  /** What a service is to find in NOTIFY_SOCKET. */
  readonly path: string
  readonly #fd: number
  readonly #unwatch: () => void
  /** Datagrams, as they came. */
  readonly received = new Collected<string>()

  /** `path` may start with `@`. */
  constructor(path: string) {
    this.path = path
    this.#fd = checked('socket', socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0))
    const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`)
    const address = Buffer.concat([Buffer.from([AF_UNIX, 0]), name])
    checked('bind', bind(this.#fd, address, address.length))
    this.#unwatch = poller.watch(this.#fd, () => this.#read())
  }

  /** Values of one variable, in order. */
  values(name: string): string[] {
    const lines = this.received.items.flatMap((one) => one.split('\n'))
    return lines.flatMap((line) => (line.startsWith(`${name}=`) ? [line.slice(name.length + 1)] : []))
  }

  until(what: string, enough: () => boolean, deadline?: number): Promise<unknown> {
    return this.received.until(what, enough, deadline)
  }

  close(): void {
    this.#unwatch()
    close(this.#fd)
  }

  #read(): void {
    const octets = Buffer.alloc(4096)
    for (;;) {
      const size = recvfrom(
        this.#fd,
        octets,
        octets.length,
        0,
        Buffer.alloc(128),
        Buffer.from([128, 0, 0, 0]),
      )
      if (size < 0) return
      this.received.add(octets.toString('utf8', 0, size))
    }
  }
}
