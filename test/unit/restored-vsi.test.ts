/** VSIs of an earlier life of a station port: wanted until the bridge itself says no. */
import { beforeEach, describe, expect, it } from 'vitest'
import { findVsi } from '../../protocol/engine/step.ts'
import type { VsiCommand } from '../../protocol/vdp/command.ts'
import { BRIDGE_MAC, TestPort } from '../support/test-port.ts'
import {
  command,
  configWith,
  DEASSOC,
  ecpAck,
  ecpRequest,
  keyOf,
  PRE,
  requests,
  tlv,
  ulpdu,
} from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'

const CONFIG = configWith({ r: 3, rte: 10, rwd: 17, rka: 18 }, { pacing: 'never' })
const RESP_WAIT = 1.5 * (1310.72 + 7 * 10.24)

let time: VirtualTime
let station: TestPort
let sequence: number
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
})

const restore = (asked: VsiCommand) => station.input({ type: 'vsi.restored', command: asked })
const answer = (asked: VsiCommand, status = 0x40) =>
  station.receive(ecpRequest({ from: BRIDGE_MAC, sequence: ++sequence }, ulpdu(tlv(asked, status))))
const sentTlvs = () => requests(station.takeSent()).flatMap(({ tlvs }) => tlvs)
const view = () => findVsi(station.state, keyOf(1))
const last = () => station.reports.at(-1)

describe('a restored VSI', () => {
  it('waits for the port, is asked for when it is ready, and is granted as any other', () => {
    const asked = command(1)
    restore(asked)
    expect(last()).toMatchObject({ outcome: 'waiting', reason: { code: 'link-down' }, tickets: [] })
    expect(view()).toMatchObject({ state: 'none', wanted: asked })
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(asked, 0)])
    time.advance(0)
    answer(asked)
    expect(last()).toMatchObject({ outcome: 'granted', state: 'associated', tickets: [] })
    expect(view()).toMatchObject({ state: 'associated', wanted: asked, pending: null })
  })

  it('is asked for again however long the bridge says nothing', () => {
    const asked = command(1)
    station.linkUp()
    restore(asked)
    for (let attempt = 0; attempt < 5; attempt++) {
      expect(sentTlvs()).toEqual([tlv(asked, 0)])
      time.advance(RESP_WAIT + 0.02)
      expect(last()).toMatchObject({ outcome: 'lost', reason: { code: 'no-response' } })
      expect(view()?.wanted).toEqual(asked)
      time.advance(2 ** attempt * 1000)
    }
  })

  it('is asked for again when nobody acknowledges, and when the link flaps', () => {
    acknowledge = false
    station.linkUp()
    restore(command(1))
    time.advance(1000)
    expect(last()).toMatchObject({ outcome: 'lost', reason: { code: 'ecp-no-acknowledgement' } })
    station.linkDown()
    time.advance(100_000)
    station.takeSent()
    acknowledge = true
    station.linkUp()
    expect(sentTlvs()).toHaveLength(1)
    time.advance(0)
    answer(command(1))
    expect(view()).toMatchObject({ state: 'associated' })
  })

  it('ends for good when the bridge refuses it', () => {
    station.linkUp()
    restore(command(1))
    time.advance(0)
    answer(command(1), 0x42)
    expect(last()).toMatchObject({
      outcome: 'refused',
      reason: { code: 'insufficient-resources' },
      tickets: [],
    })
    expect(view()).toBeUndefined()
    station.takeSent()
    time.advance(100_000)
    expect(sentTlvs()).toEqual([])
  })

  it('that was asked for anew before is left alone', () => {
    const anew = command(1, { typeId: 77 })
    const ticket = station.request(anew)
    restore(command(1))
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(anew, 0)])
    time.advance(0)
    answer(anew)
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })

  it('that is asked for by its owner while it waits answers that owner', () => {
    restore(command(1, { type: PRE }))
    const ticket = station.request(command(1))
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(command(1), 0)])
    time.advance(0)
    answer(command(1))
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted', state: 'associated' })
  })

  it('can be released before it was granted; the bridge, which may hold it, is told when it can be', () => {
    restore(command(1))
    const ticket = station.release(keyOf(1))
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'released' })
    expect(view()).toMatchObject({ state: 'none', wanted: null })
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(command(1, { type: DEASSOC }), 0)])
    time.advance(0)
    answer(command(1, { type: DEASSOC }))
    expect(view()).toBeUndefined()
    time.advance(100_000)
    expect(sentTlvs()).toEqual([])
  })

  it('that was confirmed and then lost with the link is released without a frame: the bridge lost it too', () => {
    station.linkUp()
    restore(command(1))
    time.advance(0)
    answer(command(1))
    station.linkDown()
    station.takeSent()
    station.release(keyOf(1))
    station.linkUp()
    expect(sentTlvs()).toEqual([])
    expect(view()).toBeUndefined()
  })

  it('that nobody wants any more is ended at the bridge, once the port may talk', () => {
    restore(command(1, { type: DEASSOC }))
    expect(last()).toMatchObject({ outcome: 'waiting', tickets: [] })
    expect(view()).toMatchObject({ state: 'none', wanted: null })
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(command(1, { type: DEASSOC }), 0)])
    time.advance(RESP_WAIT + 0.02)
    expect(last()).toMatchObject({ outcome: 'released' })
    expect(view()).toBeUndefined()
  })

  it('that nobody wants any more may be asked for anew before the bridge was told', () => {
    restore(command(1, { type: DEASSOC }))
    const ticket = station.request(command(1))
    station.linkUp()
    expect(sentTlvs()).toEqual([tlv(command(1), 0)])
    time.advance(0)
    answer(command(1))
    expect(station.answerTo(ticket)).toMatchObject({ outcome: 'granted' })
  })

  it('is refused when there is no room for it', () => {
    station = new TestPort({
      role: 'station',
      time,
      config: { ...CONFIG, vdp: { ...CONFIG.vdp, maxVsis: 0 } },
    })
    restore(command(1))
    expect(last()).toMatchObject({ outcome: 'refused', reason: { code: 'too-many-vsis' } })
  })
})

describe('a station that waits for EVB bridges, with a restored VSI', () => {
  const STRICT = configWith({ r: 3, rte: 10, rwd: 17, rka: 18 }, { pacing: 'never', requireEvbBridge: true })
  const entries = command(1).filter.entries.map((entry) => ({ ...entry, groupId: 7 }))
  const groups = { format: 4, entries } as const

  beforeEach(() => {
    const { transmit } = station
    station = new TestPort({ role: 'station', time, config: STRICT })
    station.transmit = transmit
  })

  it('asks for it before one is heard: one has granted it, and may have nothing to say for half a minute', () => {
    station.linkUp()
    restore(command(1))
    expect(sentTlvs()).toEqual([tlv(command(1), 0)])
    time.advance(0)
    answer(command(1))
    expect(view()).toMatchObject({ state: 'associated', pending: null })
    station.request(command(2))
    expect(sentTlvs()).toEqual([tlv(command(2), 0)])
  })

  it('asks again when nobody acknowledges: the bridge may have been busy', () => {
    acknowledge = false
    station.linkUp()
    restore(command(1))
    time.advance(900)
    acknowledge = true
    station.takeSent()
    time.advance(2000)
    expect(sentTlvs()).toEqual([tlv(command(1), 0)])
    answer(command(1))
    expect(view()).toMatchObject({ state: 'associated' })
    expect(station.reports.map(({ outcome }) => outcome)).not.toContain('lost')
  })

  it('waits for one when nobody acknowledges for as long as a bridge may be silent, and says nothing of a loss', () => {
    acknowledge = false
    station.linkUp()
    restore(command(1))
    time.advance(100_000)
    expect(station.reports.map(({ outcome }) => outcome)).not.toContain('lost')
    expect(last()).toMatchObject({ outcome: 'waiting', reason: { code: 'no-evb-bridge' } })
    expect(view()?.wanted).toEqual(command(1))
    station.takeSent()
    time.advance(100_000)
    expect(sentTlvs()).toEqual([])
  })

  it('waits for one when the link was down meanwhile: what is there now may be something else', () => {
    station.linkUp()
    restore(command(1))
    station.linkDown()
    station.takeSent()
    station.linkUp()
    time.advance(10_000)
    expect(sentTlvs()).toEqual([])
  })

  it('does not ask for groups, which have to be agreed on, nor refuse them', () => {
    station.linkUp()
    restore(command(1, { filter: groups }))
    const ticket = station.request(command(2, { filter: groups }))
    time.advance(1000)
    expect(sentTlvs()).toEqual([])
    expect(view()).toMatchObject({ state: 'none', wanted: { filter: groups } })
    expect(station.reports.some(({ tickets }) => tickets.includes(ticket))).toBe(false)
  })

  it('forgets a request with groups that waited when another one comes that need not wait', () => {
    station.linkUp()
    restore(command(1))
    const waited = station.request(command(2, { filter: groups }))
    const asked = station.request(command(2))
    expect(station.answerTo(waited)).toMatchObject({ outcome: 'refused', reason: { code: 'superseded' } })
    time.advance(0)
    answer(command(2))
    expect(station.answerTo(asked)).toMatchObject({ outcome: 'granted' })
    expect(findVsi(station.state, keyOf(2))?.wanted).toEqual(command(2))
    station.release(keyOf(2))
    time.advance(0)
    answer(command(2, { type: DEASSOC }))
    expect(findVsi(station.state, keyOf(2))).toBeUndefined()
  })
})

describe('what a station wants of a VSI', () => {
  it('is the newest request, then what was granted, and nothing while it is de-associated', () => {
    const granted = command(1, { type: PRE })
    station.linkUp()
    station.request(granted)
    expect(view()?.wanted).toEqual(granted)
    time.advance(0)
    answer(granted)
    const upgrade = command(1)
    station.request(upgrade)
    expect(view()?.wanted).toEqual(upgrade)
    time.advance(0)
    answer(upgrade)
    expect(view()?.wanted).toEqual(upgrade)
    station.release(keyOf(1))
    expect(view()?.wanted).toBeNull()
  })

  it('is as it was asked for, not as the bridge filled it in', () => {
    const open = command(1)
    const asked = {
      ...open,
      filter: { ...open.filter, entries: open.filter.entries.map((e) => ({ ...e, vid: 0 })) },
    }
    const filled = {
      ...open,
      filter: { ...open.filter, entries: open.filter.entries.map((e) => ({ ...e, vid: 7 })) },
    }
    station.linkUp()
    station.request(asked)
    time.advance(0)
    answer(filled)
    expect(view()?.command.filter).toEqual(filled.filter)
    expect(view()?.wanted).toEqual(asked)
  })
})
