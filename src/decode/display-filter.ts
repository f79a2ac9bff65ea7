/** Which frames are shown: by protocol, port, VSI, number, or because they are malformed. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import { DRAFT_INSTANCE } from '../../protocol/dissect/draft-fields.ts'
import { FIELDS } from '../../protocol/dissect/field.ts'
import { ETH_SOURCE } from '../../protocol/dissect/frame.ts'
import { readText } from '../../protocol/dissect/value.ts'
import { VSI_ID } from '../../protocol/dissect/vdp-fields.ts'
import { formatVsiId, parseVsiId } from '../../protocol/vdp/vsi-id.ts'
import { parseMacAddress } from '../../protocol/wire/mac-address.ts'
import type { CapturedPacket } from '../pcap/captured-packet.ts'
import { isMalformed } from './packet-dissection.ts'

/** As given on the command line. */
export interface FilterTexts {
  /** Names of protocols or fields, `draft` or `other`. */
  readonly protocol?: readonly string[]
  /** MAC addresses of senders, or interfaces of the capture. */
  readonly port?: readonly string[]
  readonly vsi?: readonly string[]
  /** `1-20,35,90-` */
  readonly frames?: string
  readonly malformed?: boolean
}

export interface DisplayFilter {
  /** What can be said without looking into the frame. */
  readonly mayAccept: (packet: CapturedPacket) => boolean
  readonly accepts: (packet: CapturedPacket, d: Dissection) => boolean
}

/** A filter text that means nothing; the message says why. */
export class FilterError extends Error {
  override readonly name = 'FilterError'
}

type Test = (packet: CapturedPacket, d: Dissection) => boolean

/** Throws FilterError. A frame has to pass every kind that is given, by one of its values. */
export function parseFilter({ protocol, port, vsi, frames, malformed }: FilterTexts): DisplayFilter {
  const ranges = frames === undefined ? undefined : parseRanges(frames)
  const tests: Test[] = []
  if (protocol?.length) tests.push(protocolTest(protocol))
  if (port?.length) tests.push(portTest(port))
  if (vsi?.length) tests.push(vsiTest(vsi))
  if (malformed) tests.push((_, d) => isMalformed(d))
  return {
    mayAccept: ({ number }) =>
      ranges === undefined || ranges.some(([first, last]) => number >= first && number <= last),
    accepts: (packet, d) => tests.every((test) => test(packet, d)),
  }
}

function parseRanges(text: string): (readonly [number, number])[] {
  return text.split(',').map((part) => {
    const [, first = '', dash, last = ''] = /^\s*(\d*)(-?)(\d*)\s*$/.exec(part) ?? []
    if (first === '' && last === '')
      throw new FilterError(`"${part}" is no range of frames; 1-20,35,90- is one`)
    const from = Number(first || 1)
    const to = dash ? Number(last || Number.POSITIVE_INFINITY) : from
    if (to < from) throw new FilterError(`the range of frames ${part} is empty`)
    return [from, to] as const
  })
}

function protocolTest(names: readonly string[]): Test {
  const wanted = new Set<number>()
  for (const name of names) {
    const found = FIELDS.filter((field) => isNamed(field.name, name))
    if (found.length === 0 && name !== 'other')
      throw new FilterError(
        `no protocol or field is called "${name}"; there is ${protocolNames().join(', ')}, other`,
      )
    for (const { index } of found) wanted.add(index)
  }
  const other = names.includes('other')
  return (_, d) => (other && d.protocol === 'other') || has(d, wanted)
}

/** `vdp` is everything that starts with `vdp.`; `draft` what draft 0.2 has. */
function isNamed(field: string, name: string): boolean {
  const [protocol] = field.split('.', 1)
  if (name === 'draft') return protocol!.endsWith('-draft')
  return field === name || field.startsWith(`${name}.`)
}

function protocolNames(): string[] {
  const names = FIELDS.flatMap(({ name, kind }) => (kind === 'group' && !name.includes('.') ? [name] : []))
  return [...names, 'dot1', 'dot3', 'draft']
}

function has({ fields, count }: Dissection, wanted: ReadonlySet<number>): boolean {
  for (let index = 0; index < count; index++) if (wanted.has(fields[index]!.index)) return true
  return false
}

function portTest(ports: readonly string[]): Test {
  const names = new Set(ports.map((port) => parseMacAddress(port) ?? port))
  return (packet, d) => {
    const { name, index } = packet.interface
    if (name !== undefined ? names.has(name) : names.has(`#${index}`)) return true
    return d.fields[1] === ETH_SOURCE && d.count > 1 && names.has(readText(ETH_SOURCE, d.octets, 6, 12))
  }
}

function vsiTest(texts: readonly string[]): Test {
  const ids = new Set(texts.map(canonicalVsiId))
  return (_, d) => {
    for (let index = 0; index < d.count; index++) {
      const field = d.fields[index]!
      if (field !== VSI_ID && field !== DRAFT_INSTANCE) continue
      if (ids.has(readText(field, d.octets, d.starts[index]!, d.ends[index]!))) return true
    }
    return false
  }
}

function canonicalVsiId(text: string): string {
  const id = parseVsiId(text)
  if (id === undefined)
    throw new FilterError(`"${text}" is no VSI ID: a UUID, or mac:..., ipv4:..., ipv6:..., local:...`)
  return formatVsiId(id)
}
