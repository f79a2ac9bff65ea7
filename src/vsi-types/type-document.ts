/**
 * A file of VSI types to be changed by a command: what a person wrote stays as it is, comments and order included.
 * A file whose name ends in .json stays JSON.
 */
import { isDeepStrictEqual } from 'node:util'
import { type Document, isMap, isNode, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from 'yaml'
import { DEFAULT_MANAGER_ID, type ManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { type VsiTypeInput, vsiTypeEntry } from '../control/schema/vsi-type.ts'
import { parseTypes } from './type-text.ts'

/** A type as the file has it: `typeVersion` undefined is "of every version". */
export interface EntryKey {
  readonly managerId: ManagerId
  readonly typeId: number
  readonly typeVersion: number | undefined
}

export class TypeDocument {
  readonly #path: string
  readonly #document: Document

  /** Throws ControlError `bad-config` when the text is wrong as it is. */
  constructor(text: string, path: string) {
    parseTypes(text, path)
    this.#path = path
    this.#document = parseDocument(text, { stringKeys: true })
  }

  /** A file with no types yet. */
  static empty(path: string): TypeDocument {
    return new TypeDocument('types: []\n', path)
  }

  has(key: EntryKey): boolean {
    return this.#indexOf(key) >= 0
  }

  /** Changes the one there is, key by key, or puts one at the end. */
  put(key: EntryKey, entry: VsiTypeInput): void {
    const types = this.#types()
    const there = types.items[this.#indexOf(key)]
    if (isMap(there)) return this.#change(there, entry)
    if (types.items.length === 0) types.flow = false
    const node = this.#document.createNode(entry) as YAMLMap
    flowInside(node)
    types.items.push(node)
  }

  #change(there: YAMLMap, entry: VsiTypeInput): void {
    const before = there.toJS(this.#document) as Record<string, unknown>
    for (const key of Object.keys(before)) if (!(key in entry)) there.delete(key)
    for (const [key, value] of Object.entries(entry)) {
      if (isDeepStrictEqual(before[key], value)) continue
      const node = this.#document.createNode(value)
      if (isMap(node) || isSeq(node)) node.flow = true
      const old = there.get(key, true)
      if (isNode(node) && isNode(old) && old.comment) node.comment = old.comment
      there.set(key, node)
    }
  }

  /** False when it is not there. */
  remove(key: EntryKey): boolean {
    const index = this.#indexOf(key)
    if (index >= 0) this.#types().delete(index)
    return index >= 0
  }

  /** Throws ControlError when what was put is no type. */
  text(): string {
    const text = this.#path.endsWith('.json')
      ? `${JSON.stringify(this.#document.toJS(), null, 2)}\n`
      : this.#document.toString({ lineWidth: 0, defaultStringType: 'QUOTE_DOUBLE', defaultKeyType: 'PLAIN' })
    parseTypes(text, this.#path)
    return text
  }

  #types(): YAMLSeq {
    const types = this.#document.get('types')
    if (isSeq(types)) return types
    throw new TypeError('a document of types without types')
  }

  #indexOf({ managerId, typeId, typeVersion }: EntryKey): number {
    return this.#types().items.findIndex((item) => {
      if (!isMap(item)) return false
      const { id, version, manager } = vsiTypeEntry.parse(item.toJS(this.#document))
      return id === typeId && version === typeVersion && (manager ?? DEFAULT_MANAGER_ID) === managerId
    })
  }
}

/** Keys of a type one under the other, what is in them on one line. */
function flowInside(node: YAMLMap): void {
  for (const { value } of node.items) if (isMap(value) || isSeq(value)) value.flow = true
}
