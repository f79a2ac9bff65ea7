/** What the protocol itself costs, without sockets: octets into values and back, whole ports from frame to frame. */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Effect } from '../../protocol/engine/effect.ts'
import type { Input, VsiCommand } from '../../protocol/engine/input.ts'
import { createPort, type PortState, stepAll } from '../../protocol/engine/step.ts'
import { DEFAULT_MANAGER_ID } from '../../protocol/vdp/manager-id-tlv.ts'
import { decodeUlpdu, encodeUlpdu, type VsiItem } from '../../protocol/vdp/ulpdu.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { command as anyCommand, configWith, vsiId } from '../support/vdp.ts'
import { benchVsi } from './peer.ts'
import type { Measurement } from './report.ts'
import { type Summary, summarize } from './statistics.ts'

export interface StepRow {
  readonly what: string
  readonly vsis: number
  /** For each VSI. Microseconds. */
  readonly time: Summary
  /** Octets of heap that a VSI keeps in both ports together; null for codecs. */
  readonly heap: number | null
}

export const stepCost: Measurement<StepRow> = {
  name: 'step',
  title: '(g) the protocol alone, in one thread without sockets: microseconds of CPU a VSI',
  columns: ['what', 'VSIs', 'median', 'min', 'max', 'heap octets a VSI'],
  row: ({ what, vsis, time, heap }) => [
    what,
    vsis,
    time.median.toFixed(2),
    time.min.toFixed(2),
    time.max.toFixed(2),
    heap === null ? '-' : Math.round(heap),
  ],
  async *measure({ sizes, held, repeat }) {
    yield measureCodec('encode a full ULPDU', repeat, (ulpdu) => encodeUlpdu(DEFAULT_MANAGER_ID, ulpdu.items))
    yield measureCodec('decode a full ULPDU', repeat, (ulpdu) => decodeUlpdu(ulpdu.octets))
    for (const vsis of [...sizes, ...held].filter((size) => size >= 100)) yield measurePorts(vsis, repeat)
  },
}

/** As many VSI TLVs as fit one ECPDU. */
const FULL = 40
const ROUNDS = 5000

interface Ulpdu {
  readonly items: readonly VsiItem[]
  readonly octets: Uint8Array
}

function measureCodec(what: string, repeat: number, work: (ulpdu: Ulpdu) => unknown): StepRow {
  const items = Array.from({ length: FULL }, (_, index) => item(index))
  const ulpdu = { items, octets: encodeUlpdu(DEFAULT_MANAGER_ID, items) }
  const times = Array.from({ length: repeat + 1 }, () => {
    const started = cpuTime()
    for (let round = 0; round < ROUNDS; round++) work(ulpdu)
    return (cpuTime() - started) / ROUNDS / FULL
  })
  return { what, vsis: FULL, time: summarize(times.slice(1)), heap: null }
}

function item(number: number): VsiItem {
  const { type, typeId, typeVersion, filter } = anyCommand(number)
  return {
    association: { type, status: 0, typeId, typeVersion, vsiId: vsiId(number), filter },
    organizational: [],
  }
}

function measurePorts(vsis: number, repeat: number): StepRow {
  const commands = Array.from({ length: vsis }, (_, index) => toCommand(index))
  const { heap } = measureOnce(commands)
  const times = Array.from({ length: repeat }, () => measureOnce(commands).time)
  return { what: 'associate, both ports', vsis, time: summarize(times), heap }
}

function measureOnce(commands: readonly VsiCommand[]) {
  const before = heapUsed()
  const started = cpuTime()
  const ports = associateAll(commands)
  const time = (cpuTime() - started) / commands.length
  const heap = (heapUsed() - before) / commands.length
  if (ports.granted !== commands.length)
    throw new Error(`${ports.granted} of ${commands.length} were granted`)
  return { time, heap }
}

/** Of this process, microseconds: not of the others that the machine has to run. */
function cpuTime(): number {
  const { user, system } = process.cpuUsage()
  return user + system
}

function toCommand(index: number): VsiCommand {
  const { id, mac, vid } = benchVsi(index)
  return {
    ...anyCommand(1),
    vsiId: { format: 5, value: id.replaceAll('-', '') },
    filter: { format: 2, entries: [{ vid, mac: mac as MacAddress }] },
  }
}

/** Both ports, kept alive by the result so that their heap can be seen. */
function associateAll(commands: readonly VsiCommand[]) {
  const config = configWith()
  const ports = { station: createPort('station', config), bridge: createPort('bridge', config), granted: 0 }
  const work: (readonly [PortState, readonly Input[]])[] = [
    [ports.bridge, [{ type: 'link.changed', up: true, mac: '02:00:00:00:0b:01' as MacAddress }]],
    [ports.station, [{ type: 'link.changed', up: true, mac: '02:00:00:00:0a:01' as MacAddress }]],
    [ports.station, commands.map((command, ticket) => ({ type: 'vsi.requested', ticket, command }))],
  ]
  for (let next = work.shift(); next !== undefined; next = work.shift()) {
    const [port, inputs] = next
    const peer = port === ports.station ? ports.bridge : ports.station
    const { effects, failures } = stepAll(port, inputs, 0)
    if (failures.length > 0) throw failures[0]!.error
    ports.granted += port === ports.station ? effects.filter(isGrant).length : 0
    const decided = effects.flatMap(decide)
    if (decided.length > 0) work.push([port, decided])
    const frames = effects.flatMap(({ type, ...rest }): Input[] =>
      type === 'frame.send' ? [{ type: 'frame.received', ...(rest as { octets: Uint8Array }) }] : [],
    )
    for (const frame of frames) work.push([peer, [frame]])
  }
  return ports
}

function isGrant(effect: Effect): boolean {
  return (
    effect.type === 'vsi.reported' && effect.report.outcome === 'granted' && effect.report.tickets.length > 0
  )
}

function decide(effect: Effect): Input[] {
  if (effect.type !== 'vsi.decide') return []
  const { vsi, decision, command } = effect
  return [{ type: 'vsi.decided', vsi, decision, answer: { outcome: 'grant', filter: command.filter } }]
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function heapUsed(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
