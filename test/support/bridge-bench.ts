/**
 * A bridge port whose station is played by hand: what it sends is acknowledged, what it is asked is the test's.
 */
import { findVsi } from '../../protocol/engine/step.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { encodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { STATION_MAC, TestPort } from './test-port.ts'
import {
  command,
  configWith,
  ecpAck,
  ecpRequest,
  keyOf,
  requests,
  type SentEcpdu,
  tlv,
  toHex,
  ulpdu,
} from './vdp.ts'
import { VirtualTime } from './virtual-time.ts'

/** R 3, RTE 10, RWD 17 (1.31072 s), RKA 18: toutKeepAlive is 4.03968 s, as measured on an lldpad bridge. */
const CONFIG = configWith({ r: 3, rte: 10, rwd: 17, rka: 18 }, { pacing: 'never' })
export const RESOURCE_WAIT = 1310.72
export const KEEP_ALIVE_TIMEOUT = 4039.68

/** A policy that refuses everything. */
export const refuse =
  (error: number, flags: { keep?: boolean; hard?: boolean } = {}) =>
  () =>
    ({ outcome: 'refuse', error, keep: false, hard: false, ...flags }) as const

/** VSI 1 with another VLAN. */
export const withVid = (vid: number, changes: Partial<VsiCommand> = {}) =>
  command(1, {
    filter: { format: 2, entries: [{ vid, mac: '52:54:00:00:00:01' as MacAddress }] },
    ...changes,
  })

export class BridgeBench {
  readonly time = new VirtualTime()
  readonly bridge: TestPort
  private sequence = 0

  constructor(config = CONFIG) {
    this.bridge = new TestPort({ role: 'bridge', time: this.time, config })
    this.bridge.transmit = (octets) => {
      const [request] = requests([octets])
      if (request === undefined) return
      const ack = () => this.bridge.receive(ecpAck(STATION_MAC, request.sequence))
      this.time.arm(`ack ${request.sequence}`, this.time.now, ack)
    }
    this.bridge.linkUp()
    this.bridge.takeSent()
  }

  /** The station sends a ULPDU. */
  deliver(octets: Uint8Array): void {
    this.bridge.receive(ecpRequest({ from: STATION_MAC, sequence: ++this.sequence }, octets))
    this.time.advance(0)
  }

  ask(asked: VsiCommand, status = 0): void {
    const item = { association: tlv(asked, status), organizational: [] }
    this.deliver(encodeUlpdu(asked.managerId, [item]))
  }

  /** A request about VSI 1, an Associate when not told, that says it has two filter entries and has one. */
  askUnreadably(changes: Partial<VsiCommand> = {}): void {
    const octets = ulpdu(tlv(command(1, changes), 0))
    octets[18 + 26] = 2
    this.deliver(octets)
  }

  /** ECPDUs sent since the last call. */
  sent(): SentEcpdu[] {
    return requests(this.bridge.takeSent())
  }

  /** VSI TLVs sent since the last call. */
  answers(): AssociationTlv[] {
    return this.sent().flatMap(({ tlvs }) => tlvs)
  }

  /** VSI TLVs sent since the last call, of ECPDUs with one each: octets after the manager ID, the End TLV left out. */
  answersAsOctets(): string[] {
    return this.sent().map(({ octets }) => toHex(octets.slice(36, -2)))
  }

  /** Asks and returns the one answer. */
  answerTo(asked: VsiCommand, status = 0): AssociationTlv | undefined {
    this.ask(asked, status)
    const [answer, ...others] = this.answers()
    if (others.length > 0) throw new Error('a request has more than one answer')
    return answer
  }

  view(vsi = 1): VsiView | undefined {
    return findVsi(this.bridge.state, keyOf(vsi))
  }
}
