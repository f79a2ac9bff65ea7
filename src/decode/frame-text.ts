/** Frames for people: one line each, or a tree of fields with their octets and clauses. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import { readMacAddress } from '../../protocol/wire/mac-address.ts'
import type { CapturedPacket, CaptureTime } from '../pcap/captured-packet.ts'
import { since, TimeText } from './capture-time.ts'
import { fieldText, rangeText } from './field-text.ts'
import { summarize } from './frame-summary.ts'
import { isMalformed } from './packet-dissection.ts'

/** Colours, or none. */
export interface Paint {
  readonly bold: (text: string) => string
  readonly dim: (text: string) => string
  readonly red: (text: string) => string
}

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
      const text = fieldText(d, index)
      const shown = field.clause === clauses[depth - 1] ? '' : field.clause
      clauses[depth] = field.clause
      clauses.length = depth + 1
      const range = `  ${rangeText(d.starts[index]!, d.ends[index]!)}`.padEnd(12)
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
