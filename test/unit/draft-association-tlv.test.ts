import { describe, expect, it } from 'vitest'
import { decodeDraftAssociationTlv } from '../../protocol/vdp/draft-association-tlv.ts'
import { fromHex } from '../../protocol/wire/octets.ts'

const UUID = 'fa9b7fffb0a048938e0ebeef00000001'
/** Written by hand: mode, response, the rest up to the format, format, entries. */
const data = ({ mode = '02', response = '00', format = '02', entries = '0001 525400000001 0003' }) =>
  fromHex([mode, response, '01 123456 04', UUID, format, entries].join('').replaceAll(' ', ''))

describe('VDP TLV of draft 0.2', () => {
  it('rule 224: format 2, entries of a MAC and a VLAN', () => {
    expect(decodeDraftAssociationTlv(data({}))).toEqual({
      ok: true,
      value: {
        mode: 2,
        response: 0,
        managerId: 1,
        typeId: 0x123456,
        typeVersion: 4,
        instanceId: UUID,
        entries: [{ mac: '52:54:00:00:00:01', vlan: 3 }],
      },
    })
  })

  it.each([
    ['a mode above 3', data({ mode: '04' }), 'vdp-mode', 0],
    ['a response above 6', data({ response: '07' }), 'vdp-response', 1],
    ['format 1', data({ format: '01' }), 'filter-format', 23],
    ['format 3', data({ format: '03' }), 'filter-format', 23],
    ['rule 224: no entry', data({ entries: '0000' }), 'filter-count', 24],
    [
      'rule 224: more entries than there are',
      data({ entries: '0002 525400000001 0003' }),
      'filter-count',
      24,
    ],
    ['nothing but a part of it', data({}).subarray(0, 25), 'association-too-short', 0],
  ])('with %s is a fault', (_, octets, code, offset) => {
    expect(decodeDraftAssociationTlv(octets)).toMatchObject({ ok: false, fault: { code, offset } })
  })

  it.each([0, 1, 2, 3])('rule 226: mode %i is one of the draft', (mode) => {
    expect(decodeDraftAssociationTlv(data({ mode: `0${mode}` }))).toMatchObject({ ok: true, value: { mode } })
  })

  it('rule 227: responses go up to 6', () => {
    expect(decodeDraftAssociationTlv(data({ response: '06' }))).toMatchObject({
      ok: true,
      value: { response: 6 },
    })
  })
})
