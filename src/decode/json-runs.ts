/**
 * The JSON of several fields in a row, kept for the next frame that has the same ones. Between an address, an ID and a
 * sequence number, frames differ little: a run of fields is found again by its octets, and compared field by field.
 */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import { DRAFT_ECP_SEQUENCE, DRAFT_VLAN } from '../../protocol/dissect/draft-fields.ts'
import { FIELDS, type Field } from '../../protocol/dissect/field.ts'
import { ECP_SEQUENCE, GROUP_ID, VID } from '../../protocol/dissect/vdp-fields.ts'
import { JsonFragments } from './json-fragments.ts'
import type { Output } from './output.ts'

const MAX_FIELDS = 16
const MAX_OCTETS = 32
/** A power of two. */
const SLOTS = 4096
/** Of each field: index and first octet; one after the last and depth. */
const COLUMNS = 2 * MAX_FIELDS

/** Numbers that rarely are what they were in the frame before. */
const VOLATILE: readonly Field[] = [ECP_SEQUENCE, DRAFT_ECP_SEQUENCE, VID, DRAFT_VLAN, GROUP_ID]
const IN_RUNS: ReadonlySet<string> = new Set(['group', 'uint', 'flag', 'bits', 'oui'])
/** By index: fields that stand alone, whose value tells one frame from another. */
const ALONE: readonly boolean[] = FIELDS.map((field) => VOLATILE.includes(field) || !IN_RUNS.has(field.kind))

export class JsonRuns {
  readonly #fragments = new JsonFragments()
  /** Of each slot: depth and place before the run, and the number of its fields; its fields; its octets; its JSON. */
  readonly #states = new Int32Array(SLOTS)
  readonly #columns = new Int32Array(SLOTS * COLUMNS)
  readonly #octets = new Uint8Array(SLOTS * MAX_OCTETS)
  readonly #json: Uint8Array[] = new Array(SLOTS).fill(new Uint8Array())
  /** Groups that are open, and whether the next field is the first in its group. */
  #level = 0
  #first = true

  /** All fields, as the elements of a JSON array. */
  render(d: Dissection, output: Output): void {
    this.#level = 0
    this.#first = true
    for (let index = 0; index < d.count; ) {
      const end = this.#endOfRun(d, index)
      if (end - index > 1) output.put(this.#run(d, index, end))
      else output.ascii(this.#fields(d, index, end))
      index = end
    }
    for (; this.#level > 0; this.#level--) output.ascii(']}')
  }

  /** A field that stands alone, or as many as a slot holds of those that do not. */
  #endOfRun({ count, fields, starts, ends }: Dissection, index: number): number {
    const first = starts[index]!
    let end = index
    while (end < count && end - index < MAX_FIELDS) {
      const field = fields[end]!
      if (ALONE[field.index] || (field.kind !== 'group' && ends[end]! - first > MAX_OCTETS)) break
      end++
    }
    return Math.max(end, index + 1)
  }

  #run(d: Dissection, from: number, to: number): Uint8Array {
    const { fields, starts, ends, depths, octets } = d
    const start = starts[from]!
    const end = lastOctet(d, from, to)
    const state = (this.#level * 2 + (this.#first ? 1 : 0)) * 0x100 + (to - from)
    let hash = Math.imul(state ^ (start << 12), 31) + fields[from]!.index
    for (let index = from; index < to; index++) hash = (Math.imul(hash, 31) + ends[index]!) | 0
    for (let at = start; at < end; at++) hash = (Math.imul(hash, 31) + octets[at]!) | 0
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    if (this.#states[slot] === state && this.#isSame(slot, d, from, to, end)) {
      const last = to - 1
      this.#first = fields[last]!.kind === 'group'
      this.#level = depths[last]! + (this.#first ? 1 : 0)
      return this.#json[slot]!
    }
    const json = Buffer.from(this.#fields(d, from, to), 'latin1')
    this.#states[slot] = state
    for (let index = from; index < to; index++) {
      const column = slot * COLUMNS + 2 * (index - from)
      this.#columns[column] = fields[index]!.index * 0x10000 + starts[index]!
      this.#columns[column + 1] = ends[index]! * 0x100 + depths[index]!
    }
    for (let at = start; at < end; at++) this.#octets[slot * MAX_OCTETS + at - start] = octets[at]!
    this.#json[slot] = json
    return json
  }

  #isSame(slot: number, d: Dissection, from: number, to: number, end: number): boolean {
    const { fields, starts, ends, depths, octets } = d
    let column = slot * COLUMNS
    for (let index = from; index < to; index++) {
      if (this.#columns[column++] !== fields[index]!.index * 0x10000 + starts[index]!) return false
      if (this.#columns[column++] !== ends[index]! * 0x100 + depths[index]!) return false
    }
    const start = starts[from]!
    const kept = slot * MAX_OCTETS - start
    for (let at = start; at < end; at++) if (this.#octets[kept + at] !== octets[at]) return false
    return true
  }

  #fields({ fields, starts, ends, depths, octets }: Dissection, from: number, to: number): string {
    let text = ''
    for (let index = from; index < to; index++) {
      const field = fields[index]!
      for (; this.#level > depths[index]!; this.#level--) {
        text += ']}'
        this.#first = false
      }
      if (!this.#first) text += ','
      this.#first = field.kind === 'group'
      if (this.#first) {
        text += this.#fragments.group(field, starts[index]!, ends[index]!)
        this.#level++
      } else text += this.#fragments.leaf(field, octets, starts[index]!, ends[index]!)
    }
    return text
  }
}

/** One after the last octet that is in a field with a value. */
function lastOctet({ fields, starts, ends }: Dissection, from: number, to: number): number {
  let end = starts[from]!
  for (let index = from; index < to; index++)
    if (fields[index]!.kind !== 'group' && ends[index]! > end) end = ends[index]!
  return end
}
