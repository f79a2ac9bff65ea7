/** Frames for people: one line each, or a tree of fields with their octets and clauses. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import type { Field } from '../../protocol/dissect/field.ts'
import { meaningOf, readValue } from '../../protocol/dissect/value.ts'
import { printable } from '../../protocol/lldp/admin-string.ts'
import { readMacAddress } from '../../protocol/wire/mac-address.ts'
import type { CapturedPacket, CaptureTime } from '../pcap/captured-packet.ts'
import { since, TimeText } from './capture-time.ts'
import { summarize } from './frame-summary.ts'
import { isMalformed } from './packet-dissection.ts'

/** Colours, or none. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
}

const MAX_SHOWN_OCTETS = 32
const CLAUSE_COLUMN = 78

export class FrameText {
  readonly #paint: Paint
  readonly #absolute: boolean
  readonly #time = new TimeText()

  constructor(paint: Paint, absolute: boolean) {
    this.#paint = paint
    this.#absolute = absolute
  }

  /** Times are relative to `start`. */
  line(packet: CapturedPacket, d: Dissection, start: CaptureTime | undefined): string {
    const { protocol, text } = summarize(d)
    const { number } = packet
    const source = d.end >= 12 && packet.interface.linkType === 1 ? readMacAddress(d.octets, 6) : ''
    const cut = d.cut ? ` [${packet.octets.length} of ${packet.originalLength} octets]` : ''
    const said = isMalformed(d) ? this.#paint.red(text) : text
    const cells = [
      String(number).padStart(6),
      this.#when(packet, start),
      source.padEnd(17),
      protocol.padEnd(7),
      said + cut,
    ]
    return `${cells.join('  ').trimEnd()}\n`
  }

  tree(packet: CapturedPacket, d: Dissection, start: CaptureTime | undefined): string {
    const { interface: on, octets, originalLength, direction } = packet
    const length = d.cut ? `${octets.length} of ${originalLength} octets` : `${octets.length} octets`
    const parts = [
      this.#when(packet, start).trim(),
      length,
      on.name ?? `interface ${on.index}`,
      direction ?? '',
    ]
    const head = `Frame ${packet.number}, ${parts.filter(Boolean).join(', ')}`
    const link = on.linkType === 1 ? [] : [`  link type ${on.linkType} is not decoded`]
    return `${[this.#paint.bold(head), ...link, ...this.#fields(d), ...this.#faults(d), ''].join('\n')}\n`
  }

  #when({ time }: CapturedPacket, start: CaptureTime | undefined): string {
    if (time === undefined) return '-'.padStart(this.#absolute ? 30 : 12)
    if (this.#absolute) return this.#time.iso(time)
    return since(start ?? time, time).padStart(12)
  }

  #fields(d: Dissection): string[] {
    const clauses: string[] = []
    const lines: string[] = []
    for (let index = 0; index < d.count; index++) {
      const field = d.fields[index]!
      const depth = d.depths[index]!
      const text = fieldText(d, field, d.starts[index]!, d.ends[index]!)
      const shown = field.clause === clauses[depth - 1] ? '' : field.clause
      clauses[depth] = field.clause
      clauses.length = depth + 1
      const range = rangeText(d.starts[index]!, d.ends[index]!)
      const plain = `  ${'  '.repeat(depth)}${text}`
      const padded = shown === '' ? plain : plain.padEnd(CLAUSE_COLUMN)
      lines.push(`${this.#paint.dim(range)}${padded}${shown === '' ? '' : ` ${this.#paint.dim(shown)}`}`)
    }
    return lines
  }

  #faults({ faults }: Dissection): string[] {
    return faults.map(({ code, offset, clause }) =>
      this.#paint.red(`  ! ${code} at octet ${offset}, ${clause}`),
    )
  }
}

/** First and last octet, counted from 0. */
function rangeText(start: number, end: number): string {
  const last = end - 1
  return `  ${start >= last ? start : `${start}-${last}`}`.padEnd(12)
}

function fieldText(d: Dissection, field: Field, start: number, end: number): string {
  if (field.kind === 'group') return field.label
  if (field.kind === 'octets') return `${field.label}: ${octetsText(d.octets, start, end)}`
  const value = readValue(field, d.octets, start, end)
  const meaning = typeof value === 'number' ? meaningOf(field, value) : undefined
  const shown = typeof value === 'boolean' ? (value ? 'yes' : 'no') : printable(String(value))
  return `${field.label}: ${shown}${meaning === undefined ? '' : ` (${meaning})`}`
}

function octetsText(octets: Uint8Array, start: number, end: number): string {
  const length = end - start
  if (length > 4 && octets.subarray(start, end).every((octet) => octet === 0)) return `${length} zero octets`
  const shown = Buffer.from(octets.subarray(start, Math.min(end, start + MAX_SHOWN_OCTETS))).toString('hex')
  return length > MAX_SHOWN_OCTETS ? `${shown}... (${length} octets)` : shown
}
