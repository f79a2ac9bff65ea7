/**
 * A station port whose bridge is played by hand: what it sends is acknowledged, and answered when the test says so.
 */
import { describePort, findVsi } from '../../protocol/engine/step.ts'
import type { VsiView } from '../../protocol/engine/view.ts'
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { BRIDGE_MAC, TestPort } from './test-port.ts'
import { ASSOC, command, configWith, ecpAck, ecpRequest, keyOf, requests, tlv, ulpdu } from './vdp.ts'
import { VirtualTime } from './virtual-time.ts'

/** R 3, RTE 10 (10.24 ms), RWD 17 (1.31072 s), RKA 18 (2.62144 s): respWaitDelay is 2.0736 s. */
const CONFIG = configWith({ r: 3, rte: 10, rwd: 17, rka: 18 }, { pacing: 'never' })
export const RESP_WAIT = 1.5 * (1310.72 + 7 * 10.24)
export const KEEP_ALIVE = 2621.44

export class StationBench {
  readonly time = new VirtualTime()
  readonly station: TestPort
  /** Acknowledge whatever the station sends, as a bridge does that never answers. */
  acknowledge = true
  private sequence = 0

  constructor(config = CONFIG) {
    this.station = new TestPort({ role: 'station', time: this.time, config })
    this.station.transmit = (octets) => {
      const [request] = requests([octets])
      if (request === undefined || !this.acknowledge) return
      const ack = () => this.station.receive(ecpAck(BRIDGE_MAC, request.sequence))
      this.time.arm(`ack ${request.sequence}`, this.time.now, ack)
    }
    this.station.linkUp()
  }

  /** What the station asks for next waits for an ECPDU, until `freeEcp`. */
  blockEcp(): void {
    this.acknowledge = false
    this.station.request(command(99))
    this.sentTlvs()
  }

  freeEcp(): void {
    this.acknowledge = true
    this.station.receive(ecpAck(BRIDGE_MAC, describePort(this.station.state).ecp.sequence))
  }

  /** The bridge sends a ULPDU. */
  bridgeSendsUlpdu(octets: Uint8Array): void {
    this.station.receive(ecpRequest({ from: BRIDGE_MAC, sequence: ++this.sequence }, octets))
  }

  /** The bridge sends VSI TLVs, in one ECPDU. */
  bridgeSends(...tlvs: AssociationTlv[]): void {
    this.bridgeSendsUlpdu(ulpdu(...tlvs))
  }

  answer(asked: VsiCommand, status = 0x40): void {
    this.bridgeSends(tlv(asked, status))
  }

  /** VSI TLVs sent since the last call. */
  sentTlvs(): AssociationTlv[] {
    return requests(this.station.takeSent()).flatMap(({ tlvs }) => tlvs)
  }

  view(vsi = 1): VsiView | undefined {
    return findVsi(this.station.state, keyOf(vsi))
  }

  /** Brings VSI 1 into the state that `type` leads to. */
  granted(type: VsiCommand['type'] = ASSOC, changes: Partial<VsiCommand> = {}): VsiCommand {
    const asked = command(1, { type, ...changes })
    this.station.request(asked)
    this.time.advance(0)
    this.answer(asked)
    this.sentTlvs()
    return asked
  }

  /** The VSI's keep-alive was refused with Keep: its De-Associate is under way. */
  keepAliveRefused(): VsiCommand {
    const asked = this.granted()
    this.time.advance(KEEP_ALIVE)
    this.answer(asked, 0x62)
    this.time.advance(0)
    this.sentTlvs()
    return asked
  }
}
