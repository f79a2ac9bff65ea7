import { beforeEach, describe, expect, it } from 'vitest'
import type { Decision } from '../../protocol/engine/input.ts'
import { listVsis } from '../../protocol/engine/step.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { BridgeBench, KEEP_ALIVE_TIMEOUT, RESOURCE_WAIT, refuse, withVid } from '../support/bridge-bench.ts'
import { grantAll } from '../support/test-port.ts'
import { ASSOC, command, DEASSOC, PRE, PRE_RR, tlv, toHex, ulpdu } from '../support/vdp.ts'

let bench: BridgeBench

beforeEach(() => {
  bench = new BridgeBench()
})

describe('VDP bridge: refusals', () => {
  it('#198 a null VID that nobody fills in is refused', () => {
    bench.bridge.policy = ({ filter }) => ({ outcome: 'grant', filter })
    expect(bench.answerTo(withVid(0))).toEqual(tlv(withVid(0, { type: DEASSOC }), 0x45))
  })

  it.each([1, 2, 3, 4, 5])('#199 the decision may refuse with error %i', (error) => {
    bench.bridge.policy = refuse(error)
    expect(bench.answerTo(command())).toEqual(tlv(command(1, { type: DEASSOC }), 0x40 | error))
    expect(bench.view()).toBeUndefined()
  })

  it.each([0, 16, -1, 2.5])(
    '#199 a decision with error %s is a mistake, and another one may follow',
    (error) => {
      bench.bridge.policy = () => undefined
      bench.ask(command())
      const { vsi, decision } = bench.bridge.decisions[0]!
      const decide = (answer: Decision) => bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer })
      expect(() => decide(refuse(error)())).toThrow(RangeError)
      expect(bench.view()).toMatchObject({ machine: 'BRIDGE_PROCESSING' })
      decide(refuse(2)())
      expect(bench.answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x42)])
      expect(bench.view()).toBeUndefined()
    },
  )

  it.each([4095, 4096, -1])('#198 so is one that fills in VID %i', (vid) => {
    bench.bridge.policy = () => undefined
    bench.ask(withVid(0))
    const { vsi, decision } = bench.bridge.decisions[0]!
    const answer = { outcome: 'grant', filter: withVid(vid).filter } as const
    expect(() => bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer })).toThrow(RangeError)
    bench.time.advance(RESOURCE_WAIT + 1)
    expect(bench.answers()).toEqual([tlv(withVid(0, { type: DEASSOC }), 0x42)])
  })

  it('#200 Keep only for an Associate of an associated VSI', () => {
    bench.bridge.policy = refuse(2, { keep: true })
    for (const type of [PRE, PRE_RR, ASSOC] as const)
      expect(bench.answerTo(command(1, { type }))!.status).toBe(0x42)
    bench.bridge.policy = grantAll
    bench.ask(command(1, { type: PRE }))
    bench.bridge.takeSent()
    bench.bridge.policy = refuse(2, { keep: true })
    expect(bench.answerTo(command())!.status).toBe(0x42)
    bench.bridge.policy = grantAll
    bench.ask(command())
    bench.bridge.takeSent()
    bench.bridge.policy = refuse(2, { keep: true })
    expect(bench.answerTo(withVid(9))).toEqual(tlv(withVid(9), 0x62))
    expect(bench.answerTo(withVid(9, { type: PRE }))).toEqual(tlv(withVid(9, { type: DEASSOC }), 0x42))
    expect(bench.view()).toBeUndefined()
  })

  it('what was kept for a reason has it until the next grant', () => {
    bench.ask(command())
    bench.bridge.policy = refuse(2, { keep: true })
    bench.ask(withVid(9))
    expect(bench.view()).toMatchObject({ state: 'associated', reason: { vdpError: 2 } })
    bench.bridge.policy = grantAll
    bench.ask(withVid(9))
    expect(bench.view()).toMatchObject({
      state: 'associated',
      command: { filter: { entries: [{ vid: 9 }] } },
    })
    expect(bench.view()!.reason).toBeUndefined()
  })

  it('#201 Hard is passed on as decided, never with success', () => {
    bench.bridge.policy = refuse(4, { hard: true })
    expect(bench.answerTo(command())!.status).toBe(0x54)
    bench.bridge.policy = grantAll
    expect(bench.answerTo(command())!.status).toBe(0x40)
  })

  it.each([
    ['#146 #202', 3, { vid: 3, groupId: 0 }],
    ['#202', 3, { vid: 3, groupId: 9 }],
    ['#202', 4, { vid: 3, groupId: 9, mac: '52:54:00:00:00:01' as MacAddress }],
  ] as const)('%s a group filter without BGID and SGID is refused (format %i)', (_, format, entry) => {
    expect(bench.answerTo(command(1, { filter: { format, entries: [entry] } }))!.status).toBe(0x55)
    expect(bench.bridge.decisions).toEqual([])
  })

  const octetsOf = (asked: VsiCommand) => ulpdu(tlv(asked, 0))

  it.each([0, 6, 255])('#203 VSIID format %i is refused with error 1', (format) => {
    const response = bench.answerTo(command(1, { vsiId: { format, value: 'aa'.repeat(16) } }))
    expect(response).toMatchObject({ type: DEASSOC, status: 0x51, vsiId: { format } })
  })

  it.each([
    ['#203', 'filter format 5', 24, 5],
    ['#204', 'no entries', 26, 0],
    ['#204', 'two entries announced, one there', 26, 2],
  ])('%s %s is refused with error 1 and its own octets', (_, __, offset, value) => {
    const octets = octetsOf(command())
    octets[18 + offset] = value
    bench.deliver(octets)
    const expected = octets.slice(18, -2)
    expected[0] = DEASSOC << 1
    expected[2] = 0x51
    expect(bench.answersAsOctets()).toEqual([toHex(expected)])
    expect(listVsis(bench.bridge.state)).toEqual([])
  })

  it('#192 #204 what cannot be read of an associated VSI restarts its timer, and is reported', () => {
    bench.ask(command())
    bench.time.advance(KEEP_ALIVE_TIMEOUT - 1)
    bench.askUnreadably()
    expect(bench.bridge.reports.slice(1)).toMatchObject([
      { outcome: 'kept', state: 'associated', reason: { code: 'invalid-format', hard: true } },
    ])
    expect(bench.view()).toMatchObject({ reason: { code: 'invalid-format' }, counters: { reverts: 1 } })
    expect(bench.bridge.counters).toMatchObject({ VDPCommandReverts: 1, VDPCommandsFailed: 0 })
    bench.time.advance(KEEP_ALIVE_TIMEOUT - 1)
    expect(bench.view()).toMatchObject({ state: 'associated' })
    bench.time.advance(2)
    expect(bench.view()).toBeUndefined()
  })

  it('#204 nor does it end a decision that is out about an associated VSI', () => {
    bench.ask(command())
    bench.bridge.policy = () => undefined
    bench.ask(withVid(9))
    bench.askUnreadably()
    const { vsi, decision, command: asked } = bench.bridge.decisions.at(-1)!
    bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer: grantAll(asked)! })
    expect(bench.view()).toMatchObject({ state: 'associated', command: { filter: withVid(9).filter } })
    expect(bench.bridge.reports.map(({ outcome }) => outcome)).toEqual(['granted', 'granted'])
  })

  it.each([PRE, PRE_RR] as const)('#204 and ends a VSI that is only pre-associated (type %i)', (type) => {
    bench.ask(command(1, { type }))
    bench.answers()
    bench.askUnreadably()
    expect(bench.answersAsOctets()).toEqual([expect.stringMatching(/^082151/)])
    expect(bench.view()).toBeUndefined()
    expect(bench.bridge.reports.at(-1)).toMatchObject({
      outcome: 'refused',
      state: 'none',
      reason: { code: 'invalid-format' },
    })
    expect(bench.time.armed().filter(([id]) => id.includes('vdp.'))).toEqual([])
  })

  it.each([PRE, ASSOC] as const)(
    '#196 #204 a De-Associate that cannot be read ends a VSI (type %i)',
    (type) => {
      bench.ask(command(1, { type }))
      bench.answers()
      bench.askUnreadably({ type: DEASSOC })
      expect(bench.answersAsOctets()).toEqual([expect.stringMatching(/^082151/)])
      expect(bench.view()).toBeUndefined()
      expect(bench.bridge.reports.at(-1)).toMatchObject({
        outcome: 'released',
        state: 'none',
        reason: { code: 'released-by-station' },
      })
    },
  )

  it('#196 #204 also one that waits for a decision, which comes too late', () => {
    bench.bridge.policy = () => undefined
    bench.ask(command())
    const { vsi, decision, command: asked } = bench.bridge.decisions[0]!
    bench.askUnreadably({ type: DEASSOC })
    bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer: grantAll(asked)! })
    expect(bench.bridge.reports.map(({ outcome }) => outcome)).toEqual(['released'])
    expect(bench.answersAsOctets()).toEqual([expect.stringMatching(/^082151/)])
    expect(bench.view()).toBeUndefined()
  })

  it('#197 #204 a De-Associate that cannot be read creates nothing', () => {
    bench.askUnreadably({ type: DEASSOC })
    expect(bench.answersAsOctets()).toEqual([expect.stringMatching(/^082151/)])
    expect([bench.view(), bench.bridge.reports]).toEqual([undefined, []])
  })

  it('#204 and an associated VSI is kept', () => {
    bench.ask(command())
    bench.bridge.takeSent()
    bench.askUnreadably()
    expect(bench.answersAsOctets()).toEqual([expect.stringMatching(/^062171/)])
    expect(bench.view()).toMatchObject({ state: 'associated' })
  })
})
