import { describe, expect, it } from 'vitest'
import { decodeEcpHeader, encodeEcpdu } from '../../protocol/ecp/ecpdu.ts'
import { decodeUlpdu, encodeUlpdu, type VsiItem } from '../../protocol/vdp/ulpdu.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { decodeEthernetHeader, encodeEthernetFrame } from '../../protocol/wire/ethernet-frame.ts'
import { fromHex, toHex } from '../../protocol/wire/octets.ts'
import { VDP_FRAMES } from './vdp-frames.ts'

function parts(hex: string) {
  const octets = fromHex(hex)
  const ethernet = decodeEthernetHeader(octets)
  const ecp = decodeEcpHeader(octets, 14)
  const ulpdu = decodeUlpdu(octets, 18)
  if (!ethernet.ok || !ecp.ok || !ulpdu.ok) throw new Error('a vector does not decode')
  return { ethernet: ethernet.value, ecp: ecp.value, ulpdu: ulpdu.value }
}

const named = (name: string) => parts(VDP_FRAMES.find((vector) => vector.name === name)!.hex).ulpdu

const UUID = 'fa9b7fff-b0a0-4893-8e0e-beef4ff18f8f'

describe('VDP frames', () => {
  it.each(VDP_FRAMES)('$name is encoded as it was found, with its End TLV: $what', ({ hex }) => {
    const { ethernet, ecp, ulpdu } = parts(hex)
    const payload = encodeEcpdu(ecp, encodeUlpdu(ulpdu.managerId, ulpdu.items as VsiItem[]))
    const encoded = toHex(encodeEthernetFrame(ethernet, payload))
    expect(encoded).toBe(ulpdu.endTlv ? hex : `${hex}0000`)
  })

  it('E08 asks for an association', () => {
    const { managerId, items, endTlv } = named('E08')
    const [item] = items as VsiItem[]
    expect(managerId).toBe('6d677231000000000000000000000000')
    expect(endTlv).toBe(false)
    expect(item!.association).toMatchObject({ type: 3, status: 0, typeId: 0x123456, typeVersion: 4 })
    expect(formatVsiId(item!.association.vsiId)).toBe(UUID)
    expect(item!.association.filter).toEqual({ format: 2, entries: [{ vid: 3, mac: '52:54:00:c7:3e:ce' }] })
  })

  it.each([
    ['E11', 3, 0x40],
    ['E12', 4, 0x00],
    ['E13', 4, 0x40],
    ['E14', 4, 0x00],
  ])('%s has type %i and status 0x%s', (name, type, status) => {
    expect((named(name).items as VsiItem[])[0]!.association).toMatchObject({ type, status })
  })

  it('E15 and E16 carry two VSIs with PS, PCP and VID', () => {
    const [first, second] = named('E15').items as VsiItem[]
    expect(first!.association).toMatchObject({ type: 2, filter: { entries: [{ vid: 0 }] } })
    expect(second!.association.status).toBe(0x10)
    expect(second!.association.filter.entries).toEqual([
      { vid: 3, mac: '52:54:00:c7:3e:cf' },
      { vid: 100, pcp: 5, mac: '52:54:00:c7:3e:d0' },
    ])
    const [assigned, kept] = named('E16').items as VsiItem[]
    expect(assigned!.association.filter.entries).toEqual([{ vid: 200, pcp: 3, mac: '52:54:00:c7:3e:ce' }])
    expect(kept!.association.status).toBe(0x62)
  })

  it('E17 has a group ID, a MAC address and a VID', () => {
    const [item] = named('E17').items as VsiItem[]
    expect(item!.association.filter).toEqual({
      format: 4,
      entries: [{ groupId: 0x1001, mac: '52:54:00:c7:3e:d0', vid: 100 }],
    })
  })

  it('E18 keeps the organisation TLV with the VSI it follows', () => {
    const [item] = named('E18').items as VsiItem[]
    expect(item!.organizational).toEqual([
      { oui: '00000c', data: `f105fa9b7fffb0a048938e0ebeef4ff18f8f0511111111222233334444555555555555564d31` },
    ])
  })
})
