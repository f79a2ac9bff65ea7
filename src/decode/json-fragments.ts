/**
 * The JSON of single fields, kept for the next frame that has the same. Most fields of a capture are the same over and
 * over: a kind, at a place, with one of few values. What is kept is bounded, whatever a capture holds.
 */
import { EVERY_BIT, type Field } from '../../protocol/dissect/field.ts'
import { meaningOf, readBits, readText } from '../../protocol/dissect/value.ts'

/** Values up to here, and lengths of groups, are kept by value. */
const MAX_KEPT_VALUE = 0xff
const MAX_KEPT_LENGTH = 0x7ff
const MAX_KEPT_FRAGMENTS = 100_000
/** Slots for fields whose value is text or has a meaning, by a hash of their octets. A power of two. */
const SLOTS = 8192
/** Octets that are compared: those of the field, and the one before, which can tell what it is. */
const MAX_KEPT_OCTETS = 63
const KEY_LENGTH = 64

export class JsonFragments {
  /** By index of the field, first octet, and value or length. */
  #numbers: (string | undefined)[][][] = []
  #prefixes: (string | undefined)[][] = []
  #kept = 0
  /** Of each slot: field and place, length of the octets, the octets, and the JSON. */
  readonly #places = new Int32Array(SLOTS)
  readonly #lengths = new Uint8Array(SLOTS)
  readonly #keys = new Uint8Array(SLOTS * KEY_LENGTH)
  readonly #slots: string[] = new Array(SLOTS).fill('')

  /** `{"name": ..., "fields": [`, to be closed by the caller. */
  group(field: Field, start: number, end: number): string {
    const length = end - start
    const make = () => `${this.#head(field, start)}${length},"fields":[`
    return length <= MAX_KEPT_LENGTH ? this.#keep(field, start, length, make) : make()
  }

  /** One that is no group. */
  leaf(field: Field, octets: Uint8Array, start: number, end: number): string {
    const { kind, mask, meanings } = field
    if (kind !== 'uint' && kind !== 'flag' && kind !== 'bits') return this.#recall(field, octets, start, end)
    const value = readBits(field, octets, start, end)
    if (value <= MAX_KEPT_VALUE && (mask !== EVERY_BIT || end - start === 1))
      return this.#keep(field, start, value, () => this.#number(field, value, start, end))
    return meanings === undefined
      ? this.#number(field, value, start, end)
      : this.#recall(field, octets, start, end)
  }

  #keep(field: Field, start: number, key: number, make: () => string): string {
    const kept = this.#numbers[field.index]?.[start]?.[key]
    if (kept !== undefined) return kept
    if (++this.#kept > MAX_KEPT_FRAGMENTS) this.#forget()
    const made = make()
    const byStart = this.#numbers[field.index] ?? []
    const byKey = byStart[start] ?? []
    byKey[key] = made
    byStart[start] = byKey
    this.#numbers[field.index] = byStart
    return made
  }

  #forget(): void {
    this.#numbers = []
    this.#prefixes = []
    this.#kept = 0
  }

  /** Up to the length. */
  #head(field: Field, start: number): string {
    const kept = this.#prefixes[field.index]?.[start]
    if (kept !== undefined) return kept
    const made = `{"name":"${field.name}","offset":${start},"length":`
    const byStart = this.#prefixes[field.index] ?? []
    byStart[start] = made
    this.#prefixes[field.index] = byStart
    return made
  }

  /** From its slot, if that has the same field with the same octets at the same place. */
  #recall(field: Field, octets: Uint8Array, start: number, end: number): string {
    const length = end - start
    if (length > MAX_KEPT_OCTETS || start === 0) return this.#make(field, octets, start, end)
    const place = field.index * 0x10000 + start
    let hash = place
    for (let at = start - 1; at < end; at++) hash = (Math.imul(hash, 31) + octets[at]!) | 0
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const key = slot * KEY_LENGTH
    if (
      this.#places[slot] === place &&
      this.#lengths[slot] === length &&
      this.#isKey(key, octets, start - 1, end)
    )
      return this.#slots[slot]!
    const json = this.#make(field, octets, start, end)
    this.#places[slot] = place
    this.#lengths[slot] = length
    for (let at = start - 1; at < end; at++) this.#keys[key + at - start + 1] = octets[at]!
    this.#slots[slot] = json
    return json
  }

  #isKey(key: number, octets: Uint8Array, start: number, end: number): boolean {
    const keys = this.#keys
    for (let at = start; at < end; at++) if (keys[key + at - start] !== octets[at]) return false
    return true
  }

  #make(field: Field, octets: Uint8Array, start: number, end: number): string {
    const { kind } = field
    if (kind === 'uint' || kind === 'bits')
      return this.#number(field, readBits(field, octets, start, end), start, end)
    return `${this.#head(field, start)}${end - start},"value":${quote(readText(field, octets, start, end))}}`
  }

  #number(field: Field, value: number, start: number, end: number): string {
    return `${this.#head(field, start)}${end - start},"value":${numberJson(field, value)}}`
  }
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
