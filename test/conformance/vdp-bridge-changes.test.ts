import { beforeEach, describe, expect, it } from 'vitest'
import { listVsis } from '../../protocol/engine/step.ts'
import { BridgeBench, refuse, withVid } from '../support/bridge-bench.ts'
import { grantAll } from '../support/test-port.ts'
import { ASSOC, command, configWith, DEASSOC, PRE, PRE_RR, tlv, ulpdu } from '../support/vdp.ts'

let bench: BridgeBench

beforeEach(() => {
  bench = new BridgeBench()
})

describe('VDP bridge: changes', () => {
  it.each([
    ['another filter', { filter: withVid(9).filter }],
    ['another type', { typeId: 7 }],
    ['another version', { typeVersion: 7 }],
    ['another manager', { managerId: `07${'00'.repeat(15)}` }],
  ])('#205 a request with %s is a change of the VSI', (_, changes) => {
    bench.ask(command())
    bench.bridge.takeSent()
    const changed = command(1, changes)
    bench.ask(changed)
    expect(bench.answers()).toEqual([tlv(changed, 0x40)])
    expect(bench.bridge.decisions).toHaveLength(2)
    expect(listVsis(bench.bridge.state)).toHaveLength(1)
    expect(bench.view()!.command).toEqual(changed)
  })

  it('#207 a request during a decision is processed after it, the newest only', () => {
    bench.bridge.policy = () => undefined
    bench.ask(withVid(3))
    bench.ask(withVid(4))
    bench.ask(withVid(5))
    bench.bridge.policy = grantAll
    const { vsi, decision, command: asked } = bench.bridge.decisions[0]!
    bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer: grantAll(asked)! })
    bench.time.advance(0)
    expect(bench.answers().at(-1)).toEqual(tlv(withVid(5), 0x40))
    expect(bench.view()!.command).toEqual(withVid(5))
  })

  it('#207 also when the first is refused', () => {
    bench.bridge.policy = () => undefined
    bench.ask(withVid(3))
    bench.ask(withVid(5))
    bench.bridge.policy = grantAll
    const { vsi, decision } = bench.bridge.decisions[0]!
    bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer: refuse(2)() })
    bench.time.advance(0)
    expect(bench.answers().at(-1)).toEqual(tlv(withVid(5), 0x40))
  })

  it('#209 the state passed to the data path follows the request', () => {
    for (const type of [PRE, PRE_RR, ASSOC, PRE] as const) bench.ask(command(1, { type }))
    expect(bench.bridge.reports.map(({ state }) => state)).toEqual([
      'preassociated',
      'preassociated-rr',
      'associated',
      'preassociated',
    ])
  })

  it('#208 port down releases every VSI of the port', () => {
    for (const number of [1, 2, 3]) bench.ask(command(number))
    bench.bridge.linkDown()
    expect(listVsis(bench.bridge.state)).toEqual([])
    expect(bench.bridge.reports.slice(3).map(({ outcome, reason }) => [outcome, reason!.code])).toEqual(
      Array(3).fill(['lost', 'link-down']),
    )
    expect(bench.time.armed().filter(([id]) => id.includes('vdp.'))).toEqual([])
  })

  it('a full table refuses in words and takes nothing in', () => {
    bench = new BridgeBench(configWith({}, { maxVsis: 2, pacing: 'never' }))
    bench.deliver(ulpdu(tlv(command(1), 0), tlv(command(2), 0), tlv(command(3), 0)))
    expect(bench.answers()).toEqual([
      tlv(command(3, { type: DEASSOC }), 0x42),
      tlv(command(1), 0x40),
      tlv(command(2), 0x40),
    ])
    expect(listVsis(bench.bridge.state)).toHaveLength(2)
  })
})
