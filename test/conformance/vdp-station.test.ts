import { beforeEach, describe, expect, it } from 'vitest'
import { findVsi } from '../../protocol/engine/step.ts'
import type { AssociationTlv } from '../../protocol/vdp/association-tlv.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { BRIDGE_MAC, TestPort } from '../support/test-port.ts'
import {
  ASSOC,
  command,
  configWith,
  DEASSOC,
  ecpAck,
  ecpRequest,
  keyOf,
  PRE,
  PRE_RR,
  requests,
  tlv,
  ulpdu,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

/** R 3, RTE 10 (10.24 ms), RWD 17 (1.31072 s), RKA 18 (2.62144 s): respWaitDelay is 2.0736 s. */
const CONFIG = configWith({ r: 3, rte: 10, rwd: 17, rka: 18 }, { pacing: 'never' })
const RESP_WAIT = 1.5 * (1310.72 + 7 * 10.24)
const KEEP_ALIVE = 2621.44

let time: VirtualTime
let station: TestPort
let sequence: number
/** Acknowledge whatever the station sends, as a bridge does that never answers. */
let acknowledge: boolean

beforeEach(() => {
  time = new VirtualTime()
  sequence = 0
  acknowledge = true
  station = new TestPort({ role: 'station', time, config: CONFIG })
  station.transmit = (octets) => {
    const [request] = requests([octets])
    if (request && acknowledge)
      time.arm(`ack ${request.sequence}`, time.now, () =>
        station.receive(ecpAck(BRIDGE_MAC, request.sequence)),
      )
  }
  station.linkUp()
})

/** The bridge sends VSI TLVs, in one ECPDU. */
function bridgeSends(...tlvs: AssociationTlv[]): void {
  station.receive(ecpRequest({ from: BRIDGE_MAC, sequence: ++sequence }, ulpdu(...tlvs)))
}
const answer = (asked: VsiCommand, status = 0x40) => bridgeSends(tlv(asked, status))
/** TLVs sent since the last call. */
const sentTlvs = () => requests(station.takeSent()).flatMap(({ tlvs }) => tlvs)
const view = (vsi = 1) => findVsi(station.state, keyOf(vsi))

/** Brings VSI 1 into the state that `type` leads to. */
function granted(type: VsiCommand['type'] = ASSOC, changes: Partial<VsiCommand> = {}): VsiCommand {
  const asked = command(1, { type, ...changes })
  station.request(asked)
  time.advance(0)
  answer(asked)
  sentTlvs()
  return asked
}

describe('VDP station: requests', () => {
  it.each([
    ['none', 0x00],
    ['migrating', 0x10],
    ['suspended', 0x20],
  ] as const)('#156 #157 a request with hint %s has status %i', (hint, status) => {
    station.request(command(1, { hint }))
    expect(sentTlvs()[0]!.status).toBe(status)
  })

  it('#158 ignores a TLV with Req/Ack 0 that is no De-Associate', () => {
    const ticket = station.request(command())
    for (const type of [PRE, PRE_RR, ASSOC] as const) bridgeSends(tlv(command(1, { type }), 0x00))
    expect(station.answerTo(ticket)).toBeUndefined()
    expect(station.counters.VdpRxTlvDiscardCount).toBe(3)
    answer(command())
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('#159 #160 a request that ECP acknowledged and nobody answered ends after respWaitDelay', () => {
    const ticket = station.request(command())
    time.advance(RESP_WAIT - 0.01)
    expect(station.answerTo(ticket)).toBeUndefined()
    time.advance(0.02)
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      state: 'none',
      reason: { code: 'no-response' },
    })
    expect(sentTlvs()).toHaveLength(1)
    expect(view()).toBeUndefined()
  })

  it('#161 accepts a response without the acknowledgement of the request', () => {
    acknowledge = false
    const ticket = station.request(command())
    answer(command())
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
    time.advance(1000)
    expect(station.counters.EcpTxFailures).toBe(1)
    expect(view()).toMatchObject({ state: 'associated' })
  })

  it.each([
    [PRE, 'preassociated'],
    [PRE_RR, 'preassociated-rr'],
    [ASSOC, 'associated'],
  ] as const)('#162 #179 error 0 to type %i leads from INIT to %s', (type, state) => {
    granted(type)
    expect(view()).toMatchObject({ state, machine: 'WAIT_SYSTEM_CMD' })
  })

  it.each([
    [0x41, 'invalid-format', false],
    [0x42, 'insufficient-resources', false],
    [0x43, 'manager-unreachable', false],
    [0x44, 'other-failure', false],
    [0x55, 'invalid-filter', true],
    [0x4f, 'other-failure', false],
  ])('#163 status %i ends the VSI with its reason', (status, code, hard) => {
    const ticket = station.request(command())
    answer(command(), status)
    const reason = { code, vdpError: status & 15, ...(hard && { hard }) }
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'refused', state: 'none', reason })
    expect(view()).toBeUndefined()
  })

  it.each([
    [0x40, 'deassociated-by-bridge'],
    [0x42, 'insufficient-resources'],
  ])('#164 a De-Associate with status %i in answer to any request ends the VSI', (status, code) => {
    for (const type of [PRE, PRE_RR, ASSOC] as const) {
      const ticket = station.request(command(1, { type }))
      bridgeSends(tlv(command(1, { type: DEASSOC }), status))
      expect(station.answerTo(ticket)).toMatchObject({ outcome: 'refused', reason: { code } })
    }
  })

  it('#165 Keep leaves an associated VSI associated with its previous parameters', () => {
    const before = granted()
    const changed = command(1, {
      filter: { format: 2, entries: [{ vid: 9, mac: '52:54:00:00:00:09' as MacAddress }] },
    })
    const ticket = station.request(changed)
    answer(changed, 0x62)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'kept', state: 'associated', command: before })
    expect(station.answerTo(ticket)!.reason).toEqual({ code: 'insufficient-resources', vdpError: 2 })
    time.advance(KEEP_ALIVE)
    expect(sentTlvs().at(-1)).toEqual(tlv(before, 0))
  })

  it.each([PRE, PRE_RR, ASSOC] as const)(
    '#166 Keep on a VSI that was not associated ends it (type %i)',
    (type) => {
      const ticket = station.request(command(1, { type }))
      answer(command(1, { type }), 0x62)
      expect(station.answerTo(ticket)).toMatchObject({ outcome: 'refused', state: 'none' })
    },
  )

  it('#166 also when it was only pre-associated', () => {
    granted(PRE)
    const ticket = station.request(command())
    answer(command(), 0x62)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'refused', state: 'none' })
  })

  it.each([0x60, 0x50, 0x70])('#167 Keep or Hard with error 0 is success (status %i)', (status) => {
    const ticket = station.request(command())
    answer(command(), status)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })
})

describe('VDP station: matching responses', () => {
  const nullVid = (vid: number, pcp?: number): VsiCommand =>
    command(1, {
      filter: {
        format: 2,
        entries: [{ vid, ...(pcp !== undefined && { pcp }), mac: '52:54:00:00:00:01' as MacAddress }],
      },
    })

  it('#168 adopts VID and PCP of the bridge and sends them from then on', () => {
    const ticket = station.request(nullVid(0))
    answer(nullVid(200, 3))
    expect(station.answerTo(ticket)!.command).toEqual(nullVid(200, 3))
    sentTlvs()
    time.advance(KEEP_ALIVE)
    expect(sentTlvs()).toEqual([tlv(nullVid(200, 3), 0)])
    answer(nullVid(200, 3))
    station.release(keyOf(1))
    expect(sentTlvs()).toEqual([tlv({ ...nullVid(200, 3), type: DEASSOC }, 0)])
  })

  it('#169 a response that changes a VID that was not null ends the VSI', () => {
    const ticket = station.request(nullVid(3))
    answer(nullVid(4))
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'response-mismatch' },
    })
  })

  it.each([
    ['another MAC', [{ vid: 3, mac: '52:54:00:00:00:02' }]],
    [
      'another number of entries',
      [
        { vid: 3, mac: '52:54:00:00:00:01' },
        { vid: 3, mac: '52:54:00:00:00:02' },
      ],
    ],
  ])('#170 a response with %s ends the VSI', (_, entries) => {
    const ticket = station.request(nullVid(3))
    answer(
      command(1, { filter: { format: 2, entries: entries as unknown as VsiCommand['filter']['entries'] } }),
    )
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'response-mismatch' },
    })
  })

  it('#171 a response with another type ID, version, VSIID or manager is not taken for the pending request', () => {
    const ticket = station.request(command())
    answer(command(1, { typeId: 5 }))
    answer(command(1, { typeVersion: 5 }))
    answer(command(2))
    const octets = ulpdu(tlv(command(), 0x40))
    octets[2] = 9
    station.receive(ecpRequest({ from: BRIDGE_MAC, sequence: ++sequence }, octets))
    expect(station.answerTo(ticket)).toBeUndefined()
    expect(view()).toMatchObject({ machine: 'STATION_PROCESSING' })
    answer(command())
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })
})

describe('VDP station: keep-alive', () => {
  it.each([PRE, PRE_RR, ASSOC] as const)(
    '#172 #173 repeats the request T(RKA) after the last response (type %i)',
    (type) => {
      const asked = granted(type)
      for (let round = 0; round < 3; round++) {
        time.advance(KEEP_ALIVE - 0.01)
        expect(sentTlvs()).toEqual([])
        time.advance(0.02)
        expect(sentTlvs()).toEqual([tlv(asked, 0)])
        time.advance(5)
        answer(asked)
      }
      expect(view()!.counters.keepAlives).toBe(3)
    },
  )

  it('#174 without a response ends after respWaitDelay', () => {
    granted()
    time.advance(KEEP_ALIVE)
    time.advance(RESP_WAIT - 0.01)
    expect(view()).toMatchObject({ state: 'associated', machine: 'TRANSMIT_KEEPALIVE' })
    time.advance(0.02)
    expect(view()).toMatchObject({ state: 'none', machine: 'INIT', reason: { code: 'no-response' } })
    expect(station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      state: 'none',
      reason: { code: 'no-response' },
    })
  })

  it('#175 Keep with an error makes the station de-associate', () => {
    const asked = granted()
    time.advance(KEEP_ALIVE)
    answer(asked, 0x62)
    expect(sentTlvs().at(-1)).toEqual(tlv({ ...asked, type: DEASSOC }, 0))
    bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x40))
    expect(station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'insufficient-resources' },
    })
    expect(view()).toBeUndefined()
  })

  it('#163 an error without Keep on a keep-alive ends the VSI for good', () => {
    const asked = granted()
    time.advance(KEEP_ALIVE)
    answer(asked, 0x43)
    expect(station.reports.at(-1)).toMatchObject({ outcome: 'lost', reason: { code: 'manager-unreachable' } })
    time.advance(60_000)
    expect(sentTlvs()).toHaveLength(1)
  })

  it('a lost VSI is asked for again, less and less often, until it is granted', () => {
    const asked = granted()
    acknowledge = false
    time.advance(KEEP_ALIVE + 45)
    expect(station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'ecp-no-acknowledgement' },
    })
    station.takeSent()
    time.advance(8000)
    const tries = requests(station.takeSent()).length / 4
    expect(tries).toBe(3)
    expect(station.reports.filter(({ outcome }) => outcome === 'lost')).toHaveLength(1)
    acknowledge = true
    while (sentTlvs().length === 0) time.advance(100)
    answer(asked)
    expect(station.reports.at(-1)).toMatchObject({ outcome: 'granted', state: 'associated', tickets: [] })
  })
})

describe('VDP station: De-Associate', () => {
  it('#176 of the bridge with Req/Ack 0 ends the VSI without VDP answer', () => {
    const asked = granted()
    bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x00))
    expect(station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
    expect(sentTlvs()).toEqual([])
    expect(view()).toBeUndefined()
  })

  it('#177 of the bridge with Req/Ack 1 while idle ends it as well', () => {
    const asked = granted()
    bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x40))
    expect(station.reports.at(-1)).toMatchObject({
      outcome: 'lost',
      reason: { code: 'deassociated-by-bridge' },
    })
  })

  it('#178 as a command ends in INIT with the response', () => {
    const asked = granted()
    const ticket = station.release(keyOf(1))
    expect(sentTlvs()).toEqual([tlv({ ...asked, type: DEASSOC }, 0)])
    bridgeSends(tlv({ ...asked, type: DEASSOC }, 0x40))
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'released', state: 'none' })
    expect(view()).toBeUndefined()
  })

  it('#178 or after respWaitDelay at the latest', () => {
    granted()
    const ticket = station.release(keyOf(1))
    time.advance(RESP_WAIT + 0.01)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'released', state: 'none' })
    expect(time.armed()).not.toContainEqual(expect.arrayContaining([expect.stringContaining('vdp.')]))
  })

  it('#182 of an unknown VSI is refused locally', () => {
    const ticket = station.release(keyOf(7))
    const other = station.request(command(7, { type: DEASSOC }))
    for (const refused of [ticket, other]) {
      expect(station.answerTo(refused)).toMatchObject({ outcome: 'refused', reason: { code: 'unknown-vsi' } })
    }
    expect(sentTlvs()).toEqual([])
  })
})

describe('VDP station: commands in sequence', () => {
  it.each([PRE, PRE_RR] as const)('#180 Associate follows Pre-Associate (type %i)', (type) => {
    granted(type)
    const ticket = station.request(command())
    answer(command())
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('#181 a repeated Associate of an associated VSI is sent again', () => {
    const asked = granted()
    const ticket = station.request(asked)
    expect(sentTlvs()).toEqual([tlv(asked, 0)])
    answer(asked)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })

  it('a command during another waits for its end; an identical one shares its answer', () => {
    const first = station.request(command(1, { type: PRE }))
    const same = station.request(command(1, { type: PRE }))
    const next = station.request(command(1))
    expect(sentTlvs()).toHaveLength(1)
    answer(command(1, { type: PRE }))
    expect(station.answerTo(first)).toBe(station.answerTo(same))
    time.advance(0)
    answer(command(1))
    expect(station.answerTo(next)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('a newer command replaces one that waits, and says so', () => {
    station.request(command(1, { type: PRE }))
    const replaced = station.request(command(1))
    const newest = station.release(keyOf(1))
    expect(station.answerTo(replaced)).toMatchObject({ outcome: 'refused', reason: { code: 'superseded' } })
    answer(command(1, { type: PRE }))
    time.advance(0)
    bridgeSends(tlv(command(1, { type: DEASSOC }), 0x40))
    expect(station.answerTo(newest)).toMatchObject({ outcome: 'released' })
  })
})

describe('VDP station: port and company', () => {
  it('#183 port down puts every VSI in INIT and stops its timers', () => {
    granted()
    const pending = station.request(command(2))
    station.linkDown()
    expect(view(1)).toMatchObject({ state: 'none', machine: 'INIT', reason: { code: 'link-down' } })
    expect(view(2)).toMatchObject({ state: 'none', machine: 'INIT' })
    expect(time.armed().filter(([id]) => id.includes('vdp.') || id.includes('ecp.'))).toEqual([])
    expect(station.answerTo(pending)).toBeUndefined()
    station.takeSent()
    station.linkUp()
    expect(sentTlvs().map(({ vsiId }) => vsiId.value)).toEqual([
      command(1).vsiId.value,
      command(2).vsiId.value,
    ])
    bridgeSends(tlv(command(1), 0x40), tlv(command(2), 0x40))
    expect(station.answerTo(pending)).toMatchObject({ outcome: 'granted' })
    expect(view(1)).toMatchObject({ state: 'associated' })
  })

  it('#183 a command that waits when the port goes down is sent when it is back', () => {
    granted(PRE)
    station.request(command(1, { type: PRE_RR }))
    const waiting = station.request(command(1))
    station.linkDown()
    expect(station.reports.at(-1)).toMatchObject({ outcome: 'refused', reason: { code: 'superseded' } })
    station.takeSent()
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(command(1), 0)])
    answer(command(1))
    expect(station.answerTo(waiting)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('#183 a De-Associate that waits when the port goes down is done', () => {
    granted(PRE)
    station.request(command(1))
    const released = station.release(keyOf(1))
    station.linkDown()
    expect(station.answerTo(released)).toMatchObject({ outcome: 'released' })
    expect(view()).toBeUndefined()
  })

  it('an exhausted ECPDU does not fail what was asked for after its answer came', () => {
    acknowledge = false
    station.request(command(1))
    answer(command(1))
    const released = station.release(keyOf(1))
    time.advance(45)
    expect(station.counters.EcpTxFailures).toBe(1)
    expect(station.answerTo(released)).toBeUndefined()
    expect(sentTlvs().at(-1)).toEqual(tlv(command(1, { type: DEASSOC }), 0))
  })

  it('#184 #185 VSIs of one ECPDU fare independently, answered in any order and grouping', () => {
    const commands = [1, 2, 3, 4].map((number) => command(number))
    station.input(
      ...commands.map((asked, index) => ({
        type: 'vsi.requested' as const,
        ticket: index + 1,
        command: asked,
      })),
    )
    expect(requests(station.takeSent()).map(({ tlvs }) => tlvs.length)).toEqual([4])
    bridgeSends(tlv(commands[2]!, 0x40), tlv(commands[0]!, 0x42))
    bridgeSends(tlv({ ...commands[1]!, type: DEASSOC }, 0x45))
    expect([1, 2, 3, 4].map((ticket) => station.answerTo(ticket)?.outcome)).toEqual([
      'refused',
      'refused',
      'granted',
      undefined,
    ])
    time.advance(RESP_WAIT + 1)
    expect(station.answerTo(4)).toMatchObject({ outcome: 'refused', reason: { code: 'no-response' } })
    expect(view(3)).toMatchObject({ state: 'associated' })
  })

  it('a full queue and a full table refuse in words', () => {
    station = new TestPort({ role: 'station', time, config: configWith({}, { maxQueued: 2, maxVsis: 4 }) })
    station.linkUp()
    const tickets = [1, 2, 3, 4].map((number) => station.request(command(number)))
    expect(station.answerTo(tickets[3]!)).toMatchObject({ reason: { code: 'queue-full' } })
    expect(station.counters.VdpTxQueueFullCount).toBe(1)
    const full = new TestPort({ role: 'station', time, config: configWith({}, { maxVsis: 1 }) })
    full.linkUp()
    full.request(command(1))
    expect(full.answerTo(full.request(command(2)))).toMatchObject({ reason: { code: 'too-many-vsis' } })
  })
})

describe('VDP station: an interface with a small MTU', () => {
  const vids = (count: number): Pick<VsiCommand, 'filter'> => ({
    filter: { format: 1, entries: Array.from({ length: count }, (_, index) => ({ vid: index + 1 })) },
  })
  const shrink = () => station.input({ type: 'link.changed', up: true, mac: station.mac, mtu: 500 })

  it('refuses what does not fit a frame before it is sent, and keeps what is in force', () => {
    granted()
    shrink()
    const ticket = station.request(command(1, vids(240)))
    expect(station.answerTo(ticket)).toMatchObject({
      outcome: 'refused',
      reason: { code: 'mtu-too-small' },
    })
    expect(sentTlvs()).toEqual([])
    expect(view()).toMatchObject({ state: 'associated', command: command() })
  })

  it('sends more ECPDUs instead of larger ones', () => {
    shrink()
    for (let number = 1; number <= 20; number++) station.request(command(number))
    for (let count = 0; count < 20; count++) time.advance(1)
    const frames = requests(station.takeSent())
    expect(frames.flatMap(({ tlvs }) => tlvs)).toHaveLength(20)
    expect(Math.max(...frames.map(({ octets }) => octets.length))).toBeLessThanOrEqual(514)
  })

  it('says why a VSI is lost that no longer fits', () => {
    granted(ASSOC, vids(240))
    shrink()
    acknowledge = false
    time.advance(2 * KEEP_ALIVE)
    expect(station.reports.at(-1)).toMatchObject({ outcome: 'lost', reason: { code: 'mtu-too-small' } })
  })
})
