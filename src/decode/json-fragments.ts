/**
 * The JSON of single fields. What numbers of few values say is kept, and how a field at a place begins; what is kept is
 * bounded, whatever a capture holds.
 */
import { EVERY_BIT, type Field } from '../../protocol/dissect/field.ts'
import { meaningOf, readBits, readText } from '../../protocol/dissect/value.ts'
import { VSI_ID_FORMATS } from '../../protocol/vdp/vsi-id.ts'
import type { Output } from './output.ts'

/** Values up to here, and lengths of groups, are kept by value. */
const MAX_KEPT_VALUE = 0xff
const MAX_KEPT_LENGTH = 0x7ff
const MAX_KEPT = 50_000
const CLOSE = 0x7d
const QUOTE = 0x22

/** How a field at a place begins, up to its value, for one length. */
interface Head {
  readonly length: number
  readonly octets: Uint8Array
}

export class JsonFragments {
  /** By index of the field, first octet, and value or length. */
  #numbers: (string | undefined)[][][] = []
  /** The same for fields that are written octet by octet. */
  #leaves: (Uint8Array | undefined)[][][] = []
  /** By index of the field and first octet. */
  #heads: (Head | undefined)[][] = []
  #kept = 0

  /** `{"name": ..., "fields": [`, to be closed by the caller. */
  group(field: Field, start: number, end: number): string {
    const length = end - start
    const make = () => `${head(field, start, length)}"fields":[`
    return length <= MAX_KEPT_LENGTH ? this.#keep(field, start, length, make) : make()
  }

  /** One that is no group. */
  leaf(field: Field, octets: Uint8Array, start: number, end: number): string {
    const { mask } = field
    if (!isNumeric(field))
      return `${head(field, start, end - start)}"value":${quote(readText(field, octets, start, end))}}`
    const value = readBits(field, octets, start, end)
    const make = () => `${head(field, start, end - start)}"value":${numberJson(field, value)}}`
    const few = value <= MAX_KEPT_VALUE && (mask !== EVERY_BIT || end - start === 1)
    return few ? this.#keep(field, start, value, make) : make()
  }

  /** The same for a field that is seldom what it was, octet by octet. */
  writeLeaf(field: Field, octets: Uint8Array, start: number, end: number, output: Output): void {
    const numeric = isNumeric(field)
    const value = numeric ? readBits(field, octets, start, end) : 0
    if (numeric && (field.kind !== 'uint' || value <= MAX_KEPT_VALUE)) {
      output.put(this.#written(field, octets, start, end, value))
      return
    }
    output.put(this.#head(field, start, end - start))
    if (numeric) writeNumber(field, value, output)
    else writeText(field, octets, start, end, output)
    output.octet(CLOSE)
  }

  #written(field: Field, octets: Uint8Array, start: number, end: number, value: number): Uint8Array {
    const kept = this.#leaves[field.index]?.[start]?.[value]
    if (kept !== undefined) return kept
    this.#makeRoom()
    const made = Buffer.from(this.leaf(field, octets, start, end), 'latin1')
    const byStart = this.#leaves[field.index] ?? []
    const byValue = byStart[start] ?? []
    byValue[value] = made
    byStart[start] = byValue
    this.#leaves[field.index] = byStart
    return made
  }

  #keep(field: Field, start: number, key: number, make: () => string): string {
    const kept = this.#numbers[field.index]?.[start]?.[key]
    if (kept !== undefined) return kept
    this.#makeRoom()
    const made = make()
    const byStart = this.#numbers[field.index] ?? []
    const byKey = byStart[start] ?? []
    byKey[key] = made
    byStart[start] = byKey
    this.#numbers[field.index] = byStart
    return made
  }

  #head(field: Field, start: number, length: number): Uint8Array {
    const kept = this.#heads[field.index]?.[start]
    if (kept?.length === length) return kept.octets
    this.#makeRoom()
    const octets = Buffer.from(`${head(field, start, length)}"value":`, 'latin1')
    const byStart = this.#heads[field.index] ?? []
    byStart[start] = { length, octets }
    this.#heads[field.index] = byStart
    return octets
  }

  #makeRoom(): void {
    if (++this.#kept <= MAX_KEPT) return
    this.#numbers = []
    this.#leaves = []
    this.#heads = []
    this.#kept = 0
  }
}

function isNumeric({ kind }: Field): boolean {
  return kind === 'uint' || kind === 'flag' || kind === 'bits'
}

function head({ name }: Field, start: number, length: number): string {
  return `{"name":"${name}","offset":${start},"length":${length},`
}

function writeNumber(field: Field, value: number, output: Output): void {
  if (field.meanings?.[value] === undefined) output.number(value)
  else output.ascii(numberJson(field, value))
}

function writeText(field: Field, octets: Uint8Array, start: number, end: number, output: Output): void {
  const uuid = field.kind === 'uuid' || (field.kind === 'vsi-id' && octets[start - 1] === VSI_ID_FORMATS.uuid)
  if (!uuid && field.kind !== 'mac') {
    output.ascii(quote(readText(field, octets, start, end)))
    return
  }
  output.octet(QUOTE)
  if (uuid) output.uuid(octets, start)
  else output.mac(octets, start)
  output.octet(QUOTE)
}

function numberJson(field: Field, value: number): string {
  if (field.kind === 'flag') return value === 1 ? 'true' : 'false'
  const meaning = meaningOf(field, value)
  return meaning === undefined ? String(value) : `${value},"meaning":${quote(meaning)}`
}

/** A JSON string in ASCII, so that characters and octets of the output are the same. */
export function quote(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`
  return JSON.stringify(text).replace(/[\u007f-\uffff]/g, escaped)
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
