import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  createEvbExchange,
  currentEvbTlv,
  type EvbExchange,
  evbConfigure,
  evbNeighborEvent,
  evbView,
  operatingValues,
} from '../../protocol/engine/evb-exchange.ts'
import type { Neighbor } from '../../protocol/engine/neighbor.ts'
import { Outlet } from '../../protocol/engine/outlet.ts'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import { decodeEvbTlv, type EvbTlv, encodeEvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { toHex } from '../../protocol/wire/octets.ts'
import type { OperatingValues } from '../../protocol/wire/operating-values.ts'
import { BRIDGE_MAC, STATION_MAC } from '../support/test-port.ts'

const octets = fc.uint8Array({ minLength: 5, maxLength: 5 })
/** Few different ones, so that they meet. */
const exponent = fc.constantFrom(0, 1, 2, 20, 31)
const values: fc.Arbitrary<OperatingValues> = fc.record({
  r: fc.nat(7),
  rte: exponent,
  rwd: exponent,
  rka: exponent,
})

describe('EVB TLV', () => {
  it('decode after encode is identity; encode after decode loses the reserved bits only', () => {
    fc.assert(
      fc.property(octets, (data) => {
        const first = decodeEvbTlv(data)
        if (!first.ok) throw new Error('does not decode')
        const encoded = encodeEvbTlv(first.value)
        expect(decodeEvbTlv(encoded)).toEqual(first)
        const mask = [0x07, 0x0f, 0xff, 0xff, 0x3f]
        expect([...encoded]).toEqual([...data].map((octet, index) => octet & mask[index]!))
      }),
    )
  })

  it('of any other length is a fault', () => {
    const other = fc.uint8Array({ maxLength: 507 }).filter(({ length }) => length !== 5)
    fc.assert(fc.property(other, (data) => !decodeEvbTlv(data).ok))
  })
})

/** One end of the wire: says what it sends now, hears what the other sent. */
interface Side {
  readonly send: () => EvbTlv
  readonly hear: (tlv: EvbTlv) => void
  readonly configure: (local: OperatingValues) => void
  readonly local: () => OperatingValues
  readonly operating: () => OperatingValues
}

const neighborOf = (role: Role, evb: EvbTlv): Neighbor => ({
  msap: role,
  chassisId: role,
  portId: role,
  mac: role === 'station' ? BRIDGE_MAC : STATION_MAC,
  ttl: 121,
  managementAddresses: [],
  evb,
})

function ourSide(role: Role, local: OperatingValues): Side & { readonly evb: EvbExchange } {
  const config = (local: OperatingValues) => ({ ...DEFAULT_PORT_CONFIG.evb, local })
  const evb = createEvbExchange(role, config(local))
  const out = new Outlet(0)
  return {
    evb,
    send: () => currentEvbTlv(evb)!,
    hear: (tlv) => {
      evbNeighborEvent(evb, { type: 'neighbor.updated', neighbor: neighborOf(role, tlv) }, 121_000, out)
    },
    configure: (local) => {
      evbConfigure(evb, config(local), out)
    },
    local: () => evb.config.local,
    operating: () => operatingValues(evb),
  }
}

/** lldpad: sends the larger value, with ROL also on equality (reference.md 2.3). Its configuration stays. */
function lldpadSide(role: Role, local: OperatingValues): Side {
  const template = ourSide(role, local).send()
  let held: OperatingValues | undefined
  const larger = (key: keyof OperatingValues) => Math.max(local[key], held?.[key] ?? 0)
  const operating = () => ({ r: larger('r'), rte: larger('rte'), rwd: larger('rwd'), rka: larger('rka') })
  return {
    send: () => ({
      ...template,
      ...operating(),
      rwdRemote: held !== undefined && held.rwd >= local.rwd,
      rkaRemote: held !== undefined && held.rka >= local.rka,
    }),
    hear: (tlv) => {
      held = tlv
    },
    configure: () => {},
    local: () => local,
    operating,
  }
}

type Turn =
  | { readonly side: 0 | 1; readonly do: 'send' | 'deliver' | 'drop' }
  | { readonly side: 0 | 1; readonly do: 'configure'; readonly local: OperatingValues }

const side = fc.constantFrom(0 as const, 1 as const)
const configure = fc.record({ side, do: fc.constant('configure' as const), local: values })
/** Changes are sent at once and arrive in order, at any later time, crossing each other. */
const reliable: fc.Arbitrary<Turn> = fc.oneof(
  fc.record({ side, do: fc.constantFrom('send' as const, 'deliver' as const) }),
  configure,
)
const lossy: fc.Arbitrary<Turn> = fc.oneof(reliable, fc.record({ side, do: fc.constant('drop' as const) }))

/** Plays a history; then both repeat what they send, as LLDP does. */
function play(sides: readonly [Side, Side], turns: readonly Turn[]): void {
  const onTheWay: [EvbTlv[], EvbTlv[]] = [[], []]
  const send = (side: 0 | 1) => onTheWay[side].push(sides[side].send())
  const sendingChange = (side: 0 | 1, change: () => void) => {
    const before = toHex(encodeEvbTlv(sides[side].send()))
    change()
    if (toHex(encodeEvbTlv(sides[side].send())) !== before) send(side)
  }
  const deliver = (side: 0 | 1) => {
    const tlv = onTheWay[side].shift()
    const other = side === 0 ? 1 : 0
    if (tlv) sendingChange(other, () => sides[other].hear(tlv))
  }
  for (const turn of turns) {
    if (turn.do === 'configure') sendingChange(turn.side, () => sides[turn.side].configure(turn.local))
    else if (turn.do === 'send') send(turn.side)
    else if (turn.do === 'deliver') deliver(turn.side)
    else onTheWay[turn.side].shift()
  }
  for (let rounds = 0; rounds < 3; rounds++) {
    send(0)
    send(1)
    for (let budget = 20 + 4 * turns.length; onTheWay[0].length + onTheWay[1].length > 0; budget--) {
      if (budget === 0) throw new Error('they do not come to an end')
      deliver(0)
      deliver(1)
    }
  }
}

function largest(a: OperatingValues, b: OperatingValues): OperatingValues {
  return {
    r: Math.max(a.r, b.r),
    rte: Math.max(a.rte, b.rte),
    rwd: Math.max(a.rwd, b.rwd),
    rka: Math.max(a.rka, b.rka),
  }
}

describe('EVB negotiation', () => {
  const history = (turn: fc.Arbitrary<Turn>) => fc.array(turn, { maxLength: 40 })

  it('two of us agree on the larger values after any history, and say truly whose they are', () => {
    fc.assert(
      fc.property(values, values, history(reliable), (one, other, turns) => {
        const station = ourSide('station', one)
        const bridge = ourSide('bridge', other)
        play([station, bridge], turns)
        const expected = largest(station.local(), bridge.local())
        expect(station.operating()).toEqual(expected)
        expect(bridge.operating()).toEqual(expected)
        expect(station.send().rwdRemote).toBe(bridge.local().rwd > station.local().rwd)
        expect(bridge.send().rkaRemote).toBe(station.local().rka > bridge.local().rka)
        expect(station.send().rwd).toBe(expected.rwd)
        expect(evbView(station.evb).remote).toEqual(bridge.send())
      }),
      { numRuns: 2000 },
    )
  })

  it('and so do we and an lldpad whose configuration stays', () => {
    fc.assert(
      fc.property(values, values, history(reliable), (one, other, turns) => {
        const station = ourSide('station', one)
        const lldpad = lldpadSide('bridge', other)
        play([station, lldpad], turns)
        expect(station.operating()).toEqual(largest(station.local(), other))
        expect(lldpad.operating()).toEqual(station.operating())
      }),
      { numRuns: 2000 },
    )
  })

  it('with losses the two still agree, and on nothing smaller', () => {
    fc.assert(
      fc.property(values, values, history(lossy), (one, other, turns) => {
        const sides = [ourSide('station', one), ourSide('bridge', other)] as const
        play(sides, turns)
        const expected = largest(sides[0].local(), sides[1].local())
        expect(sides[0].operating()).toEqual(sides[1].operating())
        expect(largest(sides[0].operating(), expected)).toEqual(sides[0].operating())
      }),
      { numRuns: 2000 },
    )
  })
})
