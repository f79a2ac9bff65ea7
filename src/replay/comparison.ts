/**
 * What our machine sent against what was recorded, stream by stream: LLDPDUs, acknowledgements, and each VSI's TLVs.
 * What may differ without meaning is left out: ECP's numbers of our own, how TLVs share an ECPDU, repetitions, names of
 * the system, padding, and exact times.
 */
import { diffArrays } from 'diff'
import { EVB_MODES, type EvbTlv } from '../../protocol/evb/evb-tlv.ts'
import type { FilterEntry } from '../../protocol/vdp/filter-info.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { type CapturedPacket, ETHERNET } from '../pcap/captured-packet.ts'
import { type Observation, observe } from './observation.ts'
import type { SentFrame } from './our-side.ts'
import { REQUEST_NAMES } from './vsi-life.ts'

interface Message {
  /** Null: ours, which is in no capture. */
  readonly frame: number | null
  readonly at: number
  readonly text: string
}

/** `lldp`, `ack`, or a VSI. */
type Streams = Map<string, Message[]>

export interface Difference {
  readonly stream: string
  readonly lines: readonly DifferenceLine[]
}

export interface DifferenceLine {
  /** `-` recorded and not sent by us, `+` sent by us and not recorded, ` ` the same. */
  readonly sign: '-' | '+' | ' '
  readonly frame: number | null
  readonly at: number
  readonly text: string
}

export function compareSides(
  recorded: readonly Observation[],
  mac: MacAddress,
  sent: readonly SentFrame[],
): Difference[] {
  const theirs = streamsOf(recorded.filter(({ source }) => source === mac))
  const ours = streamsOf(sent.flatMap(asObservation))
  const names = [...new Set([...theirs.keys(), ...ours.keys()])]
  return names
    .map((stream) => ({ stream, lines: difference(theirs.get(stream) ?? [], ours.get(stream) ?? []) }))
    .filter(({ lines }) => lines.some(({ sign }) => sign !== ' '))
}

function difference(theirs: readonly Message[], ours: readonly Message[]): DifferenceLine[] {
  const comparator = (a: Message, b: Message) => a.text === b.text
  return diffArrays([...theirs], [...ours], { comparator }).flatMap(({ added, removed, value }) =>
    value.map((message) => ({ sign: added ? '+' : removed ? '-' : ' ', ...message }) as const),
  )
}

/** A frame of ours as if it had been captured. */
function asObservation({ at, octets }: SentFrame): Observation[] {
  const packet: CapturedPacket = {
    number: 0,
    time: { seconds: Math.floor(at / 1000), nanoseconds: Math.round((at % 1000) * 1e6) },
    interface: { index: 0, name: undefined, linkType: ETHERNET, snapLength: 0, fcsLength: 0 },
    octets,
    originalLength: octets.length,
    direction: undefined,
  }
  const observation = observe(packet, 0)
  return observation ? [observation] : []
}

function streamsOf(observations: readonly Observation[]): Streams {
  const streams: Streams = new Map()
  let sequence: number | undefined
  for (const observation of observations) {
    const { content } = observation
    if (content.kind === 'ecp' && content.header.op === 0) {
      if (content.header.sequence === sequence) continue
      sequence = content.header.sequence
    }
    for (const [stream, text] of messages(observation)) add(streams, stream, observation, text)
  }
  return streams
}

/** The same again says nothing new: a repeated LLDPDU, a keep-alive. */
function add(streams: Streams, stream: string, { number, at }: Observation, text: string): void {
  const list = streams.get(stream) ?? []
  streams.set(stream, list)
  if (stream !== 'acknowledgements' && list.at(-1)?.text === text) return
  list.push({ frame: number === 0 ? null : number, at, text })
}

function messages({ content }: Observation): [string, string][] {
  if (content.kind === 'lldp') {
    const what = content.lldpdu.ttl === 0 ? 'shutdown' : content.evb ? describeEvb(content.evb) : 'no EVB TLV'
    return [['LLDPDUs', what]]
  }
  if (content.kind !== 'ecp') return []
  if (content.header.op === 1) return [['acknowledgements', `of ${content.header.sequence}`]]
  return (content.ulpdu?.items ?? []).flatMap((item): [string, string][] => {
    if (!('association' in item)) return []
    const { type, status, typeId, typeVersion, vsiId, filter } = item.association
    const entries = filter.entries.map(describeEntry).join(' ')
    const text = `${REQUEST_NAMES[type - 1]} status 0x${status.toString(16).padStart(2, '0')} type ${typeId}:${typeVersion} filter ${entries}`
    return [[`VSI ${formatVsiId(vsiId)}`, text]]
  })
}

/** Its own octet and values; the copy of the partner's octet depends on what crossed on the wire. */
function describeEvb({ bridge, station, r, rte, rwd, rka, mode }: EvbTlv): string {
  const bridgeFlags = [bridge.bgid && 'BGID', bridge.rrcap && 'RRCAP', bridge.rrctr && 'RRCTR']
  const stationFlags = [station.sgid && 'SGID', station.rrreq && 'RRREQ', `RRSTAT ${station.rrstat}`]
  const flags = mode === EVB_MODES.bridge ? bridgeFlags : stationFlags
  return `mode ${mode} ${flags.filter(Boolean).join(' ')} R ${r} RTE ${rte} RWD ${rwd} RKA ${rka}`
}

function describeEntry({ vid, pcp, mac, groupId }: FilterEntry): string {
  return [groupId && `group:${groupId}`, mac, `${vid}${pcp === undefined ? '' : `@${pcp}`}`]
    .filter(Boolean)
    .join('/')
}
