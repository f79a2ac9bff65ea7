/** Who has sent frames, in the order of the capture, and what is remembered of each for the next frame. */
import type { EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Observation } from '../replay/observation.ts'
import type { Reconstruction } from '../replay/reconstruction.ts'
import type { FrameKind, Party } from './model.ts'

export interface Sender {
  readonly index: number
  readonly interface: number
  readonly interfaceName: string | null
  readonly mac: MacAddress
  name: string | undefined
  /** The last one. */
  lldpdu: Uint8Array | undefined
  evb: EvbTlv | undefined
  /** The first frame with these values. */
  evbSince: number | null
  /** Of ECP, the last one that was new. */
  request: { readonly kind: FrameKind; readonly vsis: readonly string[] } | undefined
}

export class PartyList {
  readonly #senders = new Map<string, Sender>()
  readonly #byMac = new Map<string, number>()

  senderOf({ interface: index, source }: Observation, interfaceName: string | undefined): Sender {
    const key = `${index}/${source}`
    const known = this.#senders.get(key)
    if (known) return known
    const sender: Sender = {
      index: this.#senders.size,
      interface: index,
      interfaceName: interfaceName ?? null,
      mac: source,
      name: undefined,
      lldpdu: undefined,
      evb: undefined,
      evbSince: null,
      request: undefined,
    }
    this.#senders.set(key, sender)
    if (!this.#byMac.has(source)) this.#byMac.set(source, sender.index)
    return sender
  }

  find(index: number, mac: MacAddress): Sender | undefined {
    return this.#senders.get(`${index}/${mac}`)
  }

  /** The first one of that address, on whatever interface. */
  firstOf(mac: string): number | null {
    return this.#byMac.get(mac) ?? null
  }

  toParties({ wires }: Reconstruction): Party[] {
    return [...this.#senders.values()].map(({ interface: index, interfaceName, mac, name }) => {
      const conversation = wires.get(index)?.conversation
      const side = conversation?.sides.get(mac)
      const partner = side && conversation?.partnerOf(side)
      return {
        interface: index,
        interfaceName,
        mac,
        role: side?.role ?? 'unknown',
        evidence: side?.evidence ?? '',
        name: name ?? null,
        partner: (partner && this.find(index, partner.mac)?.index) ?? null,
        lldpdus: side?.lldpdus ?? 0,
        requests: side?.ecp.requests ?? 0,
        transmissions: side?.ecp.transmissions ?? 0,
        acknowledgements: side?.ecp.acknowledgements ?? 0,
      }
    })
  }
}
