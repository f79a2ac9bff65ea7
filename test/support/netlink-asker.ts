/** libvirt's end of the agent's netlink socket, with the real one: requests, polls, and the socket for events. */
import { readFileSync } from 'node:fs'
import { ERRNO } from '../../src/io/errno.ts'
import { bind, checked, close, lastErrno, recvfrom, sendto, setIntOption, socket } from '../../src/io/libc.ts'
import { poller } from '../../src/io/poller.ts'
import { Collected } from './deadline.ts'
import { errorOf, getLink, responseIn, type SetLink, setLink, UUID } from './libvirt-octets.ts'

const AF_NETLINK = 16
const SOCK_RAW_NONBLOCK = 3 | 0x800 | 0x80000
const SOL_SOCKET = 1
const SO_RCVBUFFORCE = 33
/** After this libvirt complains, and then hangs. Milliseconds. */
export const LIBVIRT_PATIENCE = 2000

export interface Received {
  readonly octets: Buffer
  readonly from: number
  readonly at: number
}

/** A NETLINK_ROUTE socket; without a number the kernel finds one. */
export class NetlinkAsker {
  readonly received = new Collected<Received>()
  readonly #fd: number
  readonly #unwatch: () => void

  constructor(number = 0) {
    this.#fd = checked('socket', socket(AF_NETLINK, SOCK_RAW_NONBLOCK, 0))
    setIntOption(this.#fd, SOL_SOCKET, SO_RCVBUFFORCE, 256 * 1024)
    checked('bind', bind(this.#fd, address(number), 12))
    this.#unwatch = poller.watch(this.#fd, () => this.#read())
  }

  /** False when nobody is there, or has no room. */
  send(octets: Uint8Array, to: number): boolean {
    return sendto(this.#fd, octets, octets.length, 0, address(to), 12) === octets.length
  }

  /** Reads no more. */
  deafen(): void {
    this.#unwatch()
  }

  close(): void {
    this.#unwatch()
    close(this.#fd)
  }

  #read(): void {
    const octets = Buffer.allocUnsafeSlow(64 * 1024)
    const sender = Buffer.alloc(12)
    const length = Buffer.from([12, 0, 0, 0])
    for (;;) {
      const size = recvfrom(this.#fd, octets, octets.length, 0, sender, length)
      if (size < 0) return
      const copy = Buffer.from(octets.subarray(0, size))
      this.received.add({ octets: copy, from: sender.readUInt32LE(4), at: performance.now() })
    }
  }
}

function address(number: number): Buffer {
  const octets = Buffer.alloc(12)
  octets.writeUInt16LE(AF_NETLINK, 0)
  octets.writeUInt32LE(number, 4)
  return octets
}

/** As libvirt reads it: ten octets, a number, then white space. Throws as libvirt would fail. */
export function readPidFile(path: string): number {
  const found = /^\s*(\d+)[\s\0]/.exec(readFileSync(path, 'latin1').slice(0, 10))
  if (!found) throw new Error(`error parsing pid of lldpad in ${path}`)
  return Number(found[1])
}

export interface AskerOptions {
  readonly pidFile: string
  /** Of the uplink. */
  readonly index: number
  readonly name: string
  readonly eventPort?: number
}

export class RealLibvirt {
  readonly events: NetlinkAsker
  readonly eventPort: number
  /** The longest that an answer took. Milliseconds. */
  slowest = 0
  readonly #options: AskerOptions

  constructor(options: AskerOptions) {
    this.eventPort = options.eventPort ?? 0x67403ce3
    this.#options = options
    this.events = new NetlinkAsker(this.eventPort)
  }

  close(): void {
    this.events.close()
  }

  /** A socket for one request, as libvirt has it. Rejects when libvirt would hang. */
  async ask(octets: Buffer): Promise<Buffer> {
    const agent = readPidFile(this.#options.pidFile)
    const asker = new NetlinkAsker()
    const start = performance.now()
    try {
      await this.#deliver(asker, octets, agent)
      const [answer] = await asker.received.until('answer', (all) => all.length > 0, LIBVIRT_PATIENCE)
      if (answer!.from !== agent) throw new Error(`an answer from ${answer!.from}`)
      this.slowest = Math.max(this.slowest, answer!.at - start)
      return answer!.octets
    } finally {
      asker.close()
    }
  }

  /** libvirt's socket blocks while the agent's has no room. */
  async #deliver(asker: NetlinkAsker, octets: Buffer, agent: number): Promise<void> {
    const start = performance.now()
    while (!asker.send(octets, agent)) {
      const waited = performance.now() - start
      if (lastErrno() !== ERRNO.EAGAIN) throw new Error(`cannot send to netlink socket: ${lastErrno()}`)
      if (waited > LIBVIRT_PATIENCE) throw new Error(`no room at the agent for ${waited} ms`)
      await new Promise(setImmediate)
    }
  }

  /** The error number of the answer, 0 for a yes. */
  async set(request: SetLink = {}): Promise<number> {
    const { index, name } = this.#options
    return -errorOf(await this.ask(setLink({ index, name, eventPort: this.eventPort, ...request })))!
  }

  async poll(uuid = UUID): Promise<number | null | undefined> {
    return responseIn(await this.ask(getLink(this.#options.index, undefined, this.eventPort)), uuid)
  }

  /** Until there is an outcome; libvirt asks 80 times. */
  async perform(request: SetLink = {}): Promise<number | undefined> {
    const errno = await this.set(request)
    if (errno !== 0) throw new Error(`refused with ${errno}`)
    for (let poll = 0; poll < 80; poll++) {
      const response = await this.poll(request.uuid)
      if (response !== null) return response
      await new Promise((resolve) => setTimeout(resolve, 125))
    }
    throw new Error('port-profile setlink timed out')
  }
}
