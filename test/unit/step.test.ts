import { describe, expect, it } from 'vitest'
import { createPort, listVsis, stepAll } from '../../protocol/engine/step.ts'
import { STATION_MAC } from '../support/test-port.ts'
import { command, configWith, DEASSOC, requests } from '../support/vdp.ts'

const up = { type: 'link.changed', up: true, mac: STATION_MAC } as const

describe('step', () => {
  it('a mistaken input costs none of the others', () => {
    const port = createPort('station', configWith())
    const { effects, failures } = stepAll(
      port,
      [up, { type: 'vsi.withdrawn', vsi: 'x' }, { type: 'vsi.requested', ticket: 1, command: command() }],
      0,
    )
    expect(failures).toMatchObject([{ input: { type: 'vsi.withdrawn' }, error: expect.any(TypeError) }])
    expect(effects.filter(({ type }) => type === 'frame.send')).toHaveLength(2)
    expect(listVsis(port)).toHaveLength(1)
  })

  it.each([
    ['a type ID', { typeId: 0x1000000 }],
    ['a manager ID', { managerId: '00' }],
    ['a VSIID', { vsiId: { format: 5, value: 'fa9b' } }],
    ['a VID', { filter: { format: 1, entries: [{ vid: 0x1000 }] } }],
  ] as const)('a request with %s that no TLV can carry costs none of the others', (_, changes) => {
    const port = createPort('station', configWith())
    const mistaken = { type: 'vsi.requested', ticket: 2, command: command(2, changes) } as const
    const { effects, failures } = stepAll(
      port,
      [up, { type: 'vsi.requested', ticket: 1, command: command() }, mistaken],
      0,
    )
    expect(failures).toEqual([{ input: mistaken, error: expect.any(RangeError) }])
    const frames = effects.flatMap((effect) => (effect.type === 'frame.send' ? [effect.octets] : []))
    expect(requests(frames).map(({ tlvs }) => tlvs.length)).toEqual([1])
    expect(listVsis(port)).toHaveLength(1)
    const restored = { type: 'vsi.restored', command: { ...mistaken.command, type: DEASSOC } } as const
    expect(stepAll(port, [restored], 1).failures).toHaveLength(1)
    expect(listVsis(port)).toHaveLength(1)
  })

  it('the expiry of a timer that is not armed, or not due, changes nothing', () => {
    const port = createPort('station', configWith())
    stepAll(port, [up, { type: 'vsi.requested', ticket: 1, command: command() }], 0)
    const before = structuredClone(port)
    const stale = { type: 'timer.expired', timer: 'ecp.ackTimer' } as const
    expect(stepAll(port, [stale, { type: 'timer.expired', timer: 'vdp.retry' }], 1).effects).toEqual([])
    expect(port).toEqual(before)
    expect(stepAll(port, [stale], 163.84).effects).not.toEqual([])
  })

  it('a timer that an input of the same moment cancelled is stale', () => {
    const port = createPort('station', configWith())
    stepAll(port, [up, { type: 'vsi.requested', ticket: 1, command: command() }], 0)
    const expired = { type: 'timer.expired', timer: 'ecp.ackTimer' } as const
    const { effects } = stepAll(port, [{ ...up, up: false }, expired], 200)
    expect(effects.some(({ type }) => type === 'frame.send')).toBe(false)
  })
})
