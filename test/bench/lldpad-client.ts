/**
 * A client of lldpad's control socket, an abstract unix datagram socket of the network namespace. What it writes was
 * observed from vdptool (strace): `A80c4` subscribes to VDP's events, `M...` asks for a VSI, an event brings it back.
 */
import { SystemCallError } from '../../src/io/errno.ts'
import { bind, checked, close, lastErrno, recvfrom, sendto, socket } from '../../src/io/libc.ts'
import { poller } from '../../src/io/poller.ts'
import type { BenchVsi, Granted } from './peer.ts'

const AF_UNIX = 1
const SOCK_DGRAM_NONBLOCK = 2 | 0o4000 | 0o2000000
const EAGAIN = 11
const ECONNREFUSED = 111
const SERVER = address('/com/intel/lldpad')
const UUID = /uuid0024([0-9a-f-]{36})/
let clients = 0

function address(name: string): Buffer {
  return Buffer.concat([Buffer.from([AF_UNIX, 0, 0]), Buffer.from(name)])
}

export class LldpadClient {
  readonly #iface: string
  readonly #fd: number
  readonly #unwatch: () => void
  readonly #buffer = Buffer.alloc(8192)
  #onMessage: (text: string) => void = () => {}

  constructor(iface: string) {
    this.#iface = iface
    this.#fd = checked('socket', socket(AF_UNIX, SOCK_DGRAM_NONBLOCK, 0))
    const own = address(`/com/intel/lldpad/${process.pid * 100 + clients++}`)
    checked('bind', bind(this.#fd, own, own.length))
    this.#unwatch = poller.watch(this.#fd, () => this.#read())
    this.#send('A80c4')
  }

  /** Also when there is nobody any more to say it to. */
  close(): void {
    const farewell = Buffer.from('D')
    sendto(this.#fd, farewell, farewell.length, 0, SERVER, SERVER.length)
    this.#unwatch()
    close(this.#fd)
  }

  /** The next request goes out when the last is acknowledged, as the socket's short queue wants it. */
  associate(vsis: readonly BenchVsi[], seconds: number): Promise<Granted> {
    const wanted = new Set(vsis.map(({ id }) => id))
    const started = performance.now()
    let asked = 0
    let count = 0
    let elapsed = 0
    return new Promise((resolve) => {
      const next = () => {
        if (asked < vsis.length && !this.#send(this.#request(vsis[asked++]!))) finish()
      }
      const finish = () => {
        clearTimeout(limit)
        this.#onMessage = () => {}
        resolve({ count, elapsed })
      }
      const limit = setTimeout(finish, seconds * 1000)
      this.#onMessage = (text) => {
        if (text.startsWith('R')) return next()
        const id = UUID.exec(text)?.[1]
        if (id === undefined || !wanted.delete(id)) return
        count++
        elapsed = performance.now() - started
        if (wanted.size === 0) finish()
      }
      next()
    })
  }

  #request({ id, mac, vid }: BenchVsi): string {
    const values = {
      mode: 'assoc',
      mgrid2: '1',
      typeid: '5',
      typeidver: '1',
      uuid: id,
      hints: 'none',
      filter: `${vid}-${mac}`,
    }
    const pairs = Object.entries(values).map(([key, value]) => hex(key, 2) + hex(value, 4))
    return `M000080c4C3020000011c${hex(this.#iface, 2)}0200000003${pairs.join('')}`
  }

  /** False: lldpad is gone. */
  #send(text: string): boolean {
    const octets = Buffer.from(text)
    if (sendto(this.#fd, octets, octets.length, 0, SERVER, SERVER.length) >= 0) return true
    if (lastErrno() === ECONNREFUSED) return false
    throw new SystemCallError('sendto', lastErrno())
  }

  #read(): void {
    const from = Buffer.alloc(128)
    const length = Buffer.alloc(4)
    for (;;) {
      length.writeInt32LE(from.length)
      const count = recvfrom(this.#fd, this.#buffer, this.#buffer.length, 0, from, length)
      if (count < 0 && lastErrno() === EAGAIN) return
      this.#onMessage(this.#buffer.toString('latin1', 0, checked('recvfrom', count)))
    }
  }
}

function hex(text: string, digits: number): string {
  return text.length.toString(16).padStart(digits, '0') + text
}
