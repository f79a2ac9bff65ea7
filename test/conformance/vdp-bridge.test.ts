import { beforeEach, describe, expect, it } from 'vitest'
import { listVsis } from '../../protocol/engine/step.ts'
import { DEFAULT_MANAGER_ID } from '../../protocol/vdp/manager-id-tlv.ts'
import { BridgeBench, KEEP_ALIVE_TIMEOUT, RESOURCE_WAIT, withVid } from '../support/bridge-bench.ts'
import { grantAll } from '../support/test-port.ts'
import { ASSOC, command, DEASSOC, keyOf, PRE, PRE_RR, tlv } from '../support/vdp.ts'

let bench: BridgeBench

beforeEach(() => {
  bench = new BridgeBench()
})

describe('VDP bridge: answers', () => {
  it('#186 ignores a TLV with Req/Ack 1', () => {
    expect(bench.answerTo(command(), 0x40)).toBeUndefined()
    expect(listVsis(bench.bridge.state)).toEqual([])
  })

  it.each([PRE, PRE_RR, ASSOC] as const)(
    '#187 #188 answers type %i with the same TLV and status 0x40, without M and S',
    (type) => {
      const asked = command(1, { type })
      for (const hints of [0x00, 0x10, 0x20]) {
        bench.ask(asked, hints)
        const [response] = bench.sent()
        expect(response!.ulpdu!.managerId).toBe(DEFAULT_MANAGER_ID)
        expect(response!.tlvs).toEqual([tlv(asked, 0x40)])
        bench.ask({ ...asked, type: DEASSOC })
        bench.bridge.takeSent()
      }
    },
  )

  it('#189 #190 a decision that does not come in resourceWaitDelay refuses a new VSI', () => {
    bench.bridge.policy = () => undefined
    bench.ask(command())
    bench.time.advance(RESOURCE_WAIT - 0.01)
    expect(bench.answers()).toEqual([])
    bench.time.advance(0.02)
    expect(bench.answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x42)])
    expect(bench.view()).toBeUndefined()
    expect(bench.bridge.reports.at(-1)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'insufficient-resources' },
    })
  })

  it('#190 and keeps an associated one', () => {
    bench.ask(command())
    bench.bridge.takeSent()
    bench.bridge.policy = () => undefined
    bench.ask(withVid(9))
    bench.time.advance(RESOURCE_WAIT + 0.01)
    expect(bench.answers()).toEqual([tlv(withVid(9), 0x62)])
    expect(bench.view()).toMatchObject({ state: 'associated', command: { filter: command().filter } })
  })

  it('an answer after its time changes nothing', () => {
    bench.bridge.policy = () => undefined
    bench.ask(command())
    bench.time.advance(RESOURCE_WAIT + 1)
    bench.bridge.takeSent()
    const { vsi, decision, command: asked } = bench.bridge.decisions[0]!
    bench.bridge.input({ type: 'vsi.decided', vsi, decision, answer: grantAll(asked)! })
    expect(bench.answers()).toEqual([])
    expect(bench.view()).toBeUndefined()
  })
})

describe('VDP bridge: keep-alive', () => {
  it('#191 #194 #195 gives a silent VSI up after toutKeepAlive with a De-Associate of status 0', () => {
    bench.ask(command())
    bench.bridge.takeSent()
    bench.time.advance(KEEP_ALIVE_TIMEOUT - 0.01)
    expect(bench.answers()).toEqual([])
    bench.time.advance(0.02)
    expect(bench.answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x00)])
    expect(bench.view()).toBeUndefined()
    expect(bench.bridge.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      state: 'none',
      reason: { code: 'keep-alive-timeout' },
    })
  })

  it('#192 #193 #206 a repeated request restarts the timer and is answered without a new decision', () => {
    for (let round = 0; round < 4; round++) {
      expect(bench.answerTo(command())).toEqual(tlv(command(), 0x40))
      bench.time.advance(KEEP_ALIVE_TIMEOUT - 1)
    }
    expect(bench.bridge.decisions).toHaveLength(1)
    expect(bench.view()).toMatchObject({ state: 'associated', counters: { keepAlives: 3 } })
    expect(bench.bridge.reports).toHaveLength(1)
  })

  it('#193 M and S do not make another request of it', () => {
    bench.ask(command())
    bench.ask(command(), 0x10)
    expect(bench.bridge.decisions).toHaveLength(1)
  })

  it('#198 recognises a VSI by the null VID and by the assigned one', () => {
    expect(bench.answerTo(withVid(0))).toEqual(tlv(withVid(100), 0x40))
    expect(bench.answerTo(withVid(100))).toEqual(tlv(withVid(100), 0x40))
    expect(bench.answerTo(withVid(0))).toEqual(tlv(withVid(100), 0x40))
    expect(bench.bridge.decisions).toHaveLength(1)
  })
})

describe('VDP bridge: De-Associate', () => {
  it('#196 releases the VSI and is answered with type 4, status 0x40', () => {
    bench.ask(command())
    bench.bridge.takeSent()
    const asked = command(1, { type: DEASSOC })
    expect(bench.answerTo(asked)).toEqual(tlv(asked, 0x40))
    expect(bench.view()).toBeUndefined()
    expect(bench.bridge.reports.at(-1)).toMatchObject({ outcome: 'released', state: 'none' })
    bench.time.advance(2 * KEEP_ALIVE_TIMEOUT)
    expect(bench.answers()).toEqual([])
  })

  it('#197 of an unknown VSI is answered the same and creates nothing', () => {
    const asked = command(1, { type: DEASSOC })
    expect(bench.answerTo(asked)).toEqual(tlv(asked, 0x40))
    expect(listVsis(bench.bridge.state)).toEqual([])
    expect(bench.bridge.reports).toEqual([])
  })

  it('#196 ends a VSI whose decision is still out', () => {
    bench.bridge.policy = () => undefined
    bench.ask(command())
    const asked = command(1, { type: DEASSOC })
    expect(bench.answerTo(asked)).toEqual(tlv(asked, 0x40))
    expect(bench.time.armed().filter(([id]) => id.includes('vdp.'))).toEqual([])
  })

  it('#195 by the operator goes out with Req/Ack 0', () => {
    bench.ask(command())
    bench.bridge.takeSent()
    bench.bridge.input({ type: 'vsi.withdrawn', vsi: keyOf(1) })
    expect(bench.answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x00)])
    expect(bench.bridge.reports.at(-1)).toMatchObject({ outcome: 'lost', reason: { code: 'withdrawn' } })
  })
})
