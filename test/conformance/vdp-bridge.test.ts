import { beforeEach, describe, expect, it } from 'vitest'
import { findVsi, listVsis } from '../../protocol/engine/step.ts'
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { DEFAULT_MANAGER_ID } from '../../protocol/vdp/manager-id-tlv.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { grantAll, STATION_MAC, TestPort } from '../support/test-port.ts'
import {
  ASSOC,
  command,
  configWith,
  DEASSOC,
  ecpAck,
  ecpRequest,
  fromHex,
  keyOf,
  PRE,
  PRE_RR,
  requests,
  tlv,
  toHex,
  ulpdu,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

/** R 3, RTE 10, RWD 17 (1.31072 s), RKA 18: toutKeepAlive is 4.03968 s, as measured on an lldpad bridge. */
const CONFIG = configWith({ r: 3, rte: 10, rwd: 17, rka: 18 }, { pacing: 'never' })
const RESOURCE_WAIT = 1310.72
const KEEP_ALIVE_TIMEOUT = 4039.68
const refuse =
  (error: number, flags: { keep?: boolean; hard?: boolean } = {}) =>
  () =>
    ({ outcome: 'refuse', error, keep: false, hard: false, ...flags }) as const

let time: VirtualTime
let bridge: TestPort
let sequence: number

beforeEach(() => {
  time = new VirtualTime()
  sequence = 0
  bridge = new TestPort({ role: 'bridge', time, config: CONFIG })
  acknowledgeAll()
  bridge.linkUp()
  bridge.takeSent()
})

/** The station acknowledges whatever the bridge sends. */
function acknowledgeAll(): void {
  bridge.transmit = (octets) => {
    const [request] = requests([octets])
    if (request)
      time.arm(`ack ${request.sequence}`, time.now, () =>
        bridge.receive(ecpAck(STATION_MAC, request.sequence)),
      )
  }
}

function deliver(octets: Uint8Array): void {
  bridge.receive(ecpRequest({ from: STATION_MAC, sequence: ++sequence }, octets))
  time.advance(0)
}
const ask = (asked: VsiCommand, status = 0) => deliver(ulpdu(tlv(asked, status)))
const answers = (): AssociationTlv[] => requests(bridge.takeSent()).flatMap(({ tlvs }) => tlvs)
/** Asks and returns the one answer. */
function answerTo(asked: VsiCommand, status = 0): AssociationTlv | undefined {
  ask(asked, status)
  const all = answers()
  expect(all.length).toBeLessThanOrEqual(1)
  return all[0]
}
const view = (vsi = 1) => findVsi(bridge.state, keyOf(vsi))
const withVid = (vid: number, changes: Partial<VsiCommand> = {}) =>
  command(1, {
    filter: { format: 2, entries: [{ vid, mac: '52:54:00:00:00:01' as MacAddress }] },
    ...changes,
  })

describe('VDP bridge: answers', () => {
  it('#186 ignores a TLV with Req/Ack 1', () => {
    expect(answerTo(command(), 0x40)).toBeUndefined()
    expect(listVsis(bridge.state)).toEqual([])
  })

  it.each([PRE, PRE_RR, ASSOC] as const)(
    '#187 #188 answers type %i with the same TLV and status 0x40, without M and S',
    (type) => {
      const asked = command(1, { type })
      for (const hints of [0x00, 0x10, 0x20]) {
        ask(asked, hints)
        const [response] = requests(bridge.takeSent())
        expect(response!.ulpdu!.managerId).toBe(DEFAULT_MANAGER_ID)
        expect(response!.tlvs).toEqual([tlv(asked, 0x40)])
        ask({ ...asked, type: DEASSOC })
        bridge.takeSent()
      }
    },
  )

  it('#189 #190 a decision that does not come in resourceWaitDelay refuses a new VSI', () => {
    bridge.policy = () => undefined
    ask(command())
    time.advance(RESOURCE_WAIT - 0.01)
    expect(answers()).toEqual([])
    time.advance(0.02)
    expect(answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x42)])
    expect(view()).toBeUndefined()
    expect(bridge.reports.at(-1)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'insufficient-resources' },
    })
  })

  it('#190 and keeps an associated one', () => {
    ask(command())
    bridge.takeSent()
    bridge.policy = () => undefined
    ask(withVid(9))
    time.advance(RESOURCE_WAIT + 0.01)
    expect(answers()).toEqual([tlv(withVid(9), 0x62)])
    expect(view()).toMatchObject({ state: 'associated', command: { filter: command().filter } })
  })

  it('an answer after its time changes nothing', () => {
    bridge.policy = () => undefined
    ask(command())
    time.advance(RESOURCE_WAIT + 1)
    bridge.takeSent()
    const { vsi, decision, command: asked } = bridge.decisions[0]!
    bridge.input({ type: 'vsi.decided', vsi, decision, answer: grantAll(asked)! })
    expect(answers()).toEqual([])
    expect(view()).toBeUndefined()
  })
})

describe('VDP bridge: keep-alive', () => {
  it('#191 #194 #195 gives a silent VSI up after toutKeepAlive with a De-Associate of status 0', () => {
    ask(command())
    bridge.takeSent()
    time.advance(KEEP_ALIVE_TIMEOUT - 0.01)
    expect(answers()).toEqual([])
    time.advance(0.02)
    expect(answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x00)])
    expect(view()).toBeUndefined()
    expect(bridge.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      state: 'none',
      reason: { code: 'keep-alive-timeout' },
    })
  })

  it('#192 #193 #206 a repeated request restarts the timer and is answered without a new decision', () => {
    for (let round = 0; round < 4; round++) {
      expect(answerTo(command())).toEqual(tlv(command(), 0x40))
      time.advance(KEEP_ALIVE_TIMEOUT - 1)
    }
    expect(bridge.decisions).toHaveLength(1)
    expect(view()).toMatchObject({ state: 'associated', counters: { keepAlives: 3 } })
    expect(bridge.reports).toHaveLength(1)
  })

  it('#193 M and S do not make another request of it', () => {
    ask(command())
    ask(command(), 0x10)
    expect(bridge.decisions).toHaveLength(1)
  })

  it('#198 recognises a VSI by the null VID and by the assigned one', () => {
    expect(answerTo(withVid(0))).toEqual(tlv(withVid(100), 0x40))
    expect(answerTo(withVid(100))).toEqual(tlv(withVid(100), 0x40))
    expect(answerTo(withVid(0))).toEqual(tlv(withVid(100), 0x40))
    expect(bridge.decisions).toHaveLength(1)
  })
})

describe('VDP bridge: De-Associate', () => {
  it('#196 releases the VSI and is answered with type 4, status 0x40', () => {
    ask(command())
    bridge.takeSent()
    const asked = command(1, { type: DEASSOC })
    expect(answerTo(asked)).toEqual(tlv(asked, 0x40))
    expect(view()).toBeUndefined()
    expect(bridge.reports.at(-1)).toMatchObject({ outcome: 'released', state: 'none' })
    time.advance(2 * KEEP_ALIVE_TIMEOUT)
    expect(answers()).toEqual([])
  })

  it('#197 of an unknown VSI is answered the same and creates nothing', () => {
    const asked = command(1, { type: DEASSOC })
    expect(answerTo(asked)).toEqual(tlv(asked, 0x40))
    expect(listVsis(bridge.state)).toEqual([])
    expect(bridge.reports).toEqual([])
  })

  it('#196 ends a VSI whose decision is still out', () => {
    bridge.policy = () => undefined
    ask(command())
    const asked = command(1, { type: DEASSOC })
    expect(answerTo(asked)).toEqual(tlv(asked, 0x40))
    expect(time.armed().filter(([id]) => id.includes('vdp.'))).toEqual([])
  })

  it('#195 by the operator goes out with Req/Ack 0', () => {
    ask(command())
    bridge.takeSent()
    bridge.input({ type: 'vsi.withdrawn', vsi: keyOf(1) })
    expect(answers()).toEqual([tlv(command(1, { type: DEASSOC }), 0x00)])
    expect(bridge.reports.at(-1)).toMatchObject({ outcome: 'lost', reason: { code: 'withdrawn' } })
  })
})

describe('VDP bridge: refusals', () => {
  it('#198 a null VID that nobody fills in is refused', () => {
    bridge.policy = ({ filter }) => ({ outcome: 'grant', filter })
    expect(answerTo(withVid(0))).toEqual(tlv(withVid(0, { type: DEASSOC }), 0x45))
  })

  it.each([1, 2, 3, 4, 5])('#199 the decision may refuse with error %i', (error) => {
    bridge.policy = refuse(error)
    expect(answerTo(command())).toEqual(tlv(command(1, { type: DEASSOC }), 0x40 | error))
    expect(view()).toBeUndefined()
  })

  it('#200 Keep only for an Associate of an associated VSI', () => {
    bridge.policy = refuse(2, { keep: true })
    for (const type of [PRE, PRE_RR, ASSOC] as const)
      expect(answerTo(command(1, { type }))!.status).toBe(0x42)
    bridge.policy = grantAll
    ask(command(1, { type: PRE }))
    bridge.takeSent()
    bridge.policy = refuse(2, { keep: true })
    expect(answerTo(command())!.status).toBe(0x42)
    bridge.policy = grantAll
    ask(command())
    bridge.takeSent()
    bridge.policy = refuse(2, { keep: true })
    expect(answerTo(withVid(9))).toEqual(tlv(withVid(9), 0x62))
    expect(answerTo(withVid(9, { type: PRE }))).toEqual(tlv(withVid(9, { type: DEASSOC }), 0x42))
    expect(view()).toBeUndefined()
  })

  it('#201 Hard is passed on as decided, never with success', () => {
    bridge.policy = refuse(4, { hard: true })
    expect(answerTo(command())!.status).toBe(0x54)
    bridge.policy = grantAll
    expect(answerTo(command())!.status).toBe(0x40)
  })

  it.each([
    ['#146 #202', 3, { vid: 3, groupId: 0 }],
    ['#202', 3, { vid: 3, groupId: 9 }],
    ['#202', 4, { vid: 3, groupId: 9, mac: '52:54:00:00:00:01' as MacAddress }],
  ] as const)('%s a group filter without BGID and SGID is refused (format %i)', (_, format, entry) => {
    expect(answerTo(command(1, { filter: { format, entries: [entry] } }))!.status).toBe(0x55)
    expect(bridge.decisions).toEqual([])
  })

  const octetsOf = (asked: VsiCommand) => ulpdu(tlv(asked, 0))

  it.each([0, 6, 255])('#203 VSIID format %i is refused with error 1', (format) => {
    const response = answerTo(command(1, { vsiId: { format, value: 'aa'.repeat(16) } }))
    expect(response).toMatchObject({ type: DEASSOC, status: 0x51, vsiId: { format } })
  })

  it.each([
    ['#203', 'filter format 5', 24, 5],
    ['#204', 'no entries', 26, 0],
    ['#204', 'two entries announced, one there', 26, 2],
  ])('%s %s is refused with error 1 and its own octets', (_, __, offset, value) => {
    const octets = octetsOf(command())
    octets[18 + offset] = value
    bridge.receive(ecpRequest({ from: STATION_MAC, sequence: ++sequence }, octets))
    const expected = octets.slice(18, -2)
    expected[0] = DEASSOC << 1
    expected[2] = 0x51
    const sent = bridge.takeSent().filter((frame) => frame[14] === 0x10)
    expect(toHex(sent[0]!.slice(36, -2))).toBe(toHex(expected))
    expect(listVsis(bridge.state)).toEqual([])
  })

  it('#204 and an associated VSI is kept', () => {
    ask(command())
    bridge.takeSent()
    const octets = octetsOf(command())
    octets[18 + 26] = 2
    deliver(octets)
    const sent = bridge.takeSent().filter((frame) => frame[14] === 0x10)
    expect(toHex(sent[0]!.slice(36, 39))).toBe('062171')
    expect(view()).toMatchObject({ state: 'associated' })
  })
})

describe('VDP bridge: changes', () => {
  it.each([
    ['another filter', { filter: withVid(9).filter }],
    ['another type', { typeId: 7 }],
    ['another version', { typeVersion: 7 }],
    ['another manager', { managerId: `07${'00'.repeat(15)}` }],
  ])('#205 a request with %s is a change of the VSI', (_, changes) => {
    ask(command())
    bridge.takeSent()
    const changed = command(1, changes)
    bridge.receive(
      ecpRequest(
        { from: STATION_MAC, sequence: ++sequence },
        'managerId' in changes
          ? Uint8Array.from([...fromHex(`0a10${changes.managerId}`), ...ulpdu(tlv(changed, 0)).slice(18)])
          : ulpdu(tlv(changed, 0)),
      ),
    )
    expect(answers()).toEqual([tlv(changed, 0x40)])
    expect(bridge.decisions).toHaveLength(2)
    expect(listVsis(bridge.state)).toHaveLength(1)
    expect(view()!.command).toEqual(changed)
  })

  it('#207 a request during a decision is processed after it, the newest only', () => {
    bridge.policy = () => undefined
    ask(withVid(3))
    ask(withVid(4))
    ask(withVid(5))
    bridge.policy = grantAll
    const { vsi, decision, command: asked } = bridge.decisions[0]!
    bridge.input({ type: 'vsi.decided', vsi, decision, answer: grantAll(asked)! })
    time.advance(0)
    expect(answers().at(-1)).toEqual(tlv(withVid(5), 0x40))
    expect(view()!.command).toEqual(withVid(5))
  })

  it('#207 also when the first is refused', () => {
    bridge.policy = () => undefined
    ask(withVid(3))
    ask(withVid(5))
    bridge.policy = grantAll
    const { vsi, decision } = bridge.decisions[0]!
    bridge.input({ type: 'vsi.decided', vsi, decision, answer: refuse(2)() })
    time.advance(0)
    expect(answers().at(-1)).toEqual(tlv(withVid(5), 0x40))
  })

  it('#209 the state passed to the data path follows the request', () => {
    for (const type of [PRE, PRE_RR, ASSOC, PRE] as const) ask(command(1, { type }))
    expect(bridge.reports.map(({ state }) => state)).toEqual([
      'preassociated',
      'preassociated-rr',
      'associated',
      'preassociated',
    ])
  })

  it('#208 port down releases every VSI of the port', () => {
    for (const number of [1, 2, 3]) ask(command(number))
    bridge.linkDown()
    expect(listVsis(bridge.state)).toEqual([])
    expect(bridge.reports.slice(3).map(({ outcome, reason }) => [outcome, reason!.code])).toEqual(
      Array(3).fill(['lost', 'link-down']),
    )
    expect(time.armed().filter(([id]) => id.includes('vdp.'))).toEqual([])
  })

  it('a full table refuses in words and takes nothing in', () => {
    bridge = new TestPort({ role: 'bridge', time, config: configWith({}, { maxVsis: 2, pacing: 'never' }) })
    acknowledgeAll()
    bridge.linkUp()
    bridge.takeSent()
    deliver(ulpdu(tlv(command(1), 0), tlv(command(2), 0), tlv(command(3), 0)))
    expect(answers()).toEqual([
      tlv(command(3, { type: DEASSOC }), 0x42),
      tlv(command(1), 0x40),
      tlv(command(2), 0x40),
    ])
    expect(listVsis(bridge.state)).toHaveLength(2)
  })
})
