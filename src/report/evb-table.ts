/** EVB values side by side, and what changes from one EVB TLV to the next. Source: 802.1Q-2018 §D.2.12. */
import type { EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import { respWaitDelay, toutKeepAlive } from '../../protocol/vdp/timers.ts'
import { exponentTime } from '../../protocol/wire/exponent-time.ts'
import type { OperatingValues } from '../../protocol/wire/operating-values.ts'
import type { Wire } from '../replay/reconstruction.ts'
import { operatingValues, type Side } from '../replay/side.ts'
import type { EvbColumn, EvbRow, EvbTable } from './model.ts'

type Read = (tlv: EvbTlv) => string

const yes = (value: boolean) => (value ? '1' : '0')
const RRSTAT = ['off', 'on', 'unknown', 'unknown'] as const
const MODES = ['not supported', 'bridge', 'station', 'NVO3'] as const

/** In the order of the TLV. */
const VALUES: readonly (readonly [name: string, explanation: string, read: Read])[] = [
  ['mode', 'what the sender is', ({ mode }) => MODES[mode]],
  ['BGID', 'the bridge knows group IDs', ({ bridge }) => yes(bridge.bgid)],
  ['RRCAP', 'the bridge can do reflective relay', ({ bridge }) => yes(bridge.rrcap)],
  ['RRCTR', 'the bridge does reflective relay', ({ bridge }) => yes(bridge.rrctr)],
  ['SGID', 'the station knows group IDs', ({ station }) => yes(station.sgid)],
  ['RRREQ', 'the station asks for reflective relay', ({ station }) => yes(station.rrreq)],
  ['RRSTAT', 'reflective relay, as the station knows it', ({ station }) => RRSTAT[station.rrstat]!],
  ['R', 'ECP repetitions', ({ r }) => String(r)],
  ['RTE', 'ECP acknowledgement timer, 10 µs × 2^RTE', ({ rte }) => String(rte)],
  ['RWD', 'resource wait delay, 10 µs × 2^RWD', ({ rwd, rwdRemote }) => `${rwd}${remote(rwdRemote)}`],
  ['RKA', 'keep-alive of VSIs, 10 µs × 2^RKA', ({ rka, rkaRemote }) => `${rka}${remote(rkaRemote)}`],
]

/** ROL: the sender operates on its partner's value. */
function remote(flag: boolean): string {
  return flag ? ' (the partner’s)' : ''
}

/** `RRSTAT unknown → on, RKA 20 → 19`; what is new when there was none before. */
export function describeChange(before: EvbTlv | undefined, after: EvbTlv): string {
  if (before === undefined) return VALUES.map(([name, , read]) => `${name} ${read(after)}`).join(', ')
  const changed = VALUES.filter(([, , read]) => read(before) !== read(after))
  return changed.map(([name, , read]) => `${name} ${read(before)} → ${read(after)}`).join(', ')
}

/** More than two are a mistake; that many can be compared. */
const MAX_SIDES = 8

/** Undefined when nobody has sent an EVB TLV. `columnOf` knows who a side is. */
export function evbTable(wire: Wire, columnOf: (side: Side) => EvbColumn): EvbTable | undefined {
  const { conversation } = wire
  const sides = [...conversation.sides.values()]
    .filter(({ lastEvb }) => lastEvb !== undefined)
    .sort(byRole)
    .slice(0, MAX_SIDES)
  const [first] = sides
  if (first === undefined) return undefined
  const operating = operatingValues(first, conversation.partnerOf(first))
  const rows = VALUES.map(([name, explanation, read]): EvbRow => {
    const values = sides.map(({ lastEvb }) => read(lastEvb!))
    return { name, explanation, values, result: resultOf(name, operating, sides) }
  })
  return { interface: conversation.interface, columns: sides.map(columnOf), rows }
}

function byRole(one: Side, other: Side): number {
  const order = { station: 0, unknown: 1, bridge: 2 } as const
  return order[one.role] - order[other.role]
}

/** What both operate on, with what it means; '' where nothing is agreed on. */
function resultOf(name: string, values: OperatingValues, sides: readonly Side[]): string {
  const bridge = sides.find(({ role }) => role === 'bridge')?.lastEvb?.bridge
  const station = sides.find(({ role }) => role === 'station')?.lastEvb?.station
  switch (name) {
    case 'R':
      return `${values.r}: ${values.r + 1} transmissions`
    case 'RTE':
      return `${values.rte}: ${duration(exponentTime(values.rte))}`
    case 'RWD':
      return `${values.rwd}: ${duration(exponentTime(values.rwd))}; a station waits ${duration(respWaitDelay(values))}`
    case 'RKA':
      return `${values.rka}: ${duration(exponentTime(values.rka))}; a bridge gives up after ${duration(toutKeepAlive(values))}`
    case 'BGID':
      return bridge && station ? (bridge.bgid && station.sgid ? 'group IDs are used' : 'no group IDs') : ''
    case 'RRCTR':
      return bridge ? `reflective relay ${bridge.rrctr ? 'on' : 'off'}` : 'not known'
    default:
      return ''
  }
}

function duration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(4))} ms`
  return `${Number((milliseconds / 1000).toPrecision(4))} s`
}
