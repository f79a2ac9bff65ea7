import { describe, expect, it } from 'vitest'
import { EVB_MODES } from '../../protocol/evb/evb-tlv.ts'
import { findEvbTlv, RECOGNIZED_EVB_TLV } from '../../protocol/evb/organizational.ts'
import { formatChassisId } from '../../protocol/lldp/chassis-id.ts'
import { decodeLldpdu, encodeLldpdu } from '../../protocol/lldp/lldpdu.ts'
import { formatPortId } from '../../protocol/lldp/port-id.ts'
import { decodeEthernetHeader, encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import { LLDP_FRAMES } from './lldp-frames.ts'

function parts(hex: string) {
  const octets = fromHex(hex)
  const ethernet = decodeEthernetHeader(octets)
  const result = decodeLldpdu(octets, 14, [RECOGNIZED_EVB_TLV])
  if (!ethernet.ok || !result.ok) throw new Error('a vector does not decode')
  return { ethernet: ethernet.value, received: result.value, lldpdu: result.value.lldpdu }
}

describe('LLDP frames', () => {
  it.each(LLDP_FRAMES)(
    '$name decodes, and is encoded as it was found: $what',
    ({ hex, source, ttl, evb }) => {
      const { ethernet, received, lldpdu } = parts(hex)
      expect(received).toMatchObject({ faults: [], unrecognizedTlvs: 0, end: evb ? 47 : 36 })
      expect(lldpdu.ttl).toBe(ttl)
      expect(formatChassisId(lldpdu.chassisId)).toBe(source)
      expect(formatPortId(lldpdu.portId)).toBe(source)
      expect(lldpdu.organizational).toEqual(evb ? [{ oui: '0080c2', subtype: 13, data: evb }] : [])
      expect(toHex(encodeEthernetFrame(ethernet, encodeLldpdu(lldpdu)))).toBe(hex)
    },
  )

  const evbOf = (name: string) =>
    findEvbTlv(parts(LLDP_FRAMES.find((vector) => vector.name === name)!.hex).lldpdu.organizational)

  it('E01 is a station that has heard nothing', () => {
    expect(evbOf('E01')).toEqual({
      bridge: { bgid: false, rrcap: false, rrctr: false },
      station: { sgid: false, rrreq: true, rrstat: 3 },
      r: 3,
      rte: 14,
      mode: EVB_MODES.station,
      rwdRemote: false,
      rwd: 20,
      rkaRemote: false,
      rka: 20,
    })
  })

  it('E03 is a bridge that grants what it was asked for', () => {
    expect(evbOf('E03')).toMatchObject({
      bridge: { bgid: false, rrcap: true, rrctr: true },
      station: { sgid: false, rrreq: true, rrstat: 0 },
      mode: EVB_MODES.bridge,
      rwdRemote: true,
      rkaRemote: true,
    })
  })

  it('E05 says nothing but goodbye', () => {
    expect(evbOf('E05')).toBeUndefined()
  })
})
