/** Captures made of our own ports on virtual time: what passed on the wire between them, as packets. */
import type { Role } from '../../protocol/engine/view.ts'
import { type CapturedPacket, ETHERNET } from '../../src/pcap/captured-packet.ts'
import { Reconstruction } from '../../src/replay/reconstruction.ts'
import { toVerdict, type Verdict } from '../../src/replay/verdict.ts'
import { TestPort } from './test-port.ts'
import { configWith } from './vdp.ts'
import { VirtualTime } from './virtual-time.ts'

/** RTE 10 (10 ms), RWD 15 (0.33 s), RKA 17 (1.3 s). */
const VALUES = { r: 3, rte: 10, rwd: 15, rka: 17 }
const WIRE = { index: 0, name: undefined, linkType: ETHERNET, snapLength: 0, fcsLength: 0 }

/** What becomes of a frame: the octets that arrive, or undefined when it is lost. */
export type Tamper = (octets: Uint8Array, from: Role, number: number) => Uint8Array | undefined

export class RecordedExchange {
  readonly time = new VirtualTime()
  readonly station: TestPort
  readonly bridge: TestPort
  readonly packets: CapturedPacket[] = []
  /** Changes what is sent, before it is captured. */
  tamper: Tamper = (octets) => octets
  /** Changes what arrives, after it was captured. */
  loss: Tamper = (octets) => octets

  constructor() {
    const config = configWith(VALUES, { requireEvbBridge: true })
    this.station = new TestPort({ role: 'station', time: this.time, config })
    this.bridge = new TestPort({ role: 'bridge', time: this.time, config })
    this.#join(this.station, this.bridge, 'station')
    this.#join(this.bridge, this.station, 'bridge')
  }

  start(): void {
    this.bridge.linkUp()
    this.station.linkUp()
    this.time.advance(3000)
  }

  verdict(): Verdict {
    const reconstruction = new Reconstruction()
    for (const packet of this.packets) reconstruction.add(packet)
    reconstruction.end()
    return toVerdict('exchange', reconstruction)
  }

  /** Codes of the findings that are no notes. */
  codes(): string[] {
    const { findings } = this.verdict()
    return [...new Set(findings.filter(({ severity }) => severity !== 'note').map(({ code }) => code))]
  }

  #join(from: TestPort, to: TestPort, role: Role): void {
    from.transmit = (octets) => {
      const sent = this.tamper(octets, role, this.packets.length + 1)
      if (sent === undefined) return
      this.#capture(sent)
      const arrives = this.loss(sent, role, this.packets.length)
      if (arrives === undefined) return
      this.time.arm(`frame ${this.packets.length} ${role}`, this.time.now + 0.05, () => to.receive(arrives))
    }
  }

  #capture(octets: Uint8Array): void {
    const { now } = this.time
    const number = this.packets.length + 1
    const time = { seconds: Math.floor(now / 1000), nanoseconds: Math.round((now % 1000) * 1e6) }
    const originalLength = octets.length
    this.packets.push({ number, time, interface: WIRE, octets, originalLength, direction: undefined })
  }
}
