/** What each VSI was granted, on which port, and who uses which type: every look-up is one of a map. */
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { keyOfCommand, type TypeKey, type TypeKeyText, textOfKey } from '../vsi-types/type-key.ts'
import type { VsiType } from '../vsi-types/vsi-type.ts'

export interface Grant {
  readonly port: string
  readonly vsi: VsiKey
  /** With the filter as it was granted. */
  readonly command: VsiCommand
  readonly type: VsiType
  /** It has or reserves resources: Associate and Pre-Associate RR. */
  readonly holds: boolean
}

export class Grants {
  readonly #ports = new Map<string, Map<VsiKey, Grant>>()
  readonly #types = new Map<TypeKeyText, Set<Grant>>()
  /** One as a rule, two while a VSI moves. */
  readonly #vsis = new Map<VsiKey, readonly Grant[]>()

  find(port: string, vsi: VsiKey): Grant | undefined {
    return this.#ports.get(port)?.get(vsi)
  }

  /** In place of what the VSI had there, which is returned. */
  put(grant: Grant): Grant | undefined {
    const before = this.remove(grant.port, grant.vsi)
    const ofPort = this.#ports.get(grant.port) ?? new Map<VsiKey, Grant>()
    this.#ports.set(grant.port, ofPort.set(grant.vsi, grant))
    add(this.#types, textOfKey(keyOfCommand(grant.command)), grant)
    this.#vsis.set(grant.vsi, [...this.ofVsi(grant.vsi), grant])
    return before
  }

  remove(port: string, vsi: VsiKey): Grant | undefined {
    const grant = this.find(port, vsi)
    if (grant === undefined) return undefined
    const ofPort = this.#ports.get(port)!
    ofPort.delete(vsi)
    if (ofPort.size === 0) this.#ports.delete(port)
    take(this.#types, textOfKey(keyOfCommand(grant.command)), grant)
    const others = this.ofVsi(vsi).filter((other) => other !== grant)
    if (others.length > 0) this.#vsis.set(vsi, others)
    else this.#vsis.delete(vsi)
    return grant
  }

  /** VSIs that asked for the type. */
  ofType(key: TypeKey): readonly Grant[] {
    return [...(this.#types.get(textOfKey(key)) ?? [])]
  }

  isUsed(key: TypeKey): boolean {
    return this.#types.has(textOfKey(key))
  }

  /** The same VSI on every port. */
  ofVsi(vsi: VsiKey): readonly Grant[] {
    return this.#vsis.get(vsi) ?? []
  }

  ofPort(port: string): readonly Grant[] {
    return [...(this.#ports.get(port)?.values() ?? [])]
  }

  /** Each type that was asked for, once. */
  usedTypes(): readonly TypeKey[] {
    return [...this.#types.values()].map((grants) => keyOfCommand(first(grants).command))
  }

  /** Types in use, with the number of VSIs, counted once for each port. */
  *perType(): Iterable<readonly [VsiType, number]> {
    for (const grants of this.#types.values()) yield [first(grants).type, grants.size]
  }
}

function first<T>(set: ReadonlySet<T>): T {
  return set.values().next().value!
}

function add<K>(index: Map<K, Set<Grant>>, key: K, grant: Grant): void {
  const grants = index.get(key) ?? new Set()
  index.set(key, grants.add(grant))
}

function take<K>(index: Map<K, Set<Grant>>, key: K, grant: Grant): void {
  const grants = index.get(key)
  grants?.delete(grant)
  if (grants?.size === 0) index.delete(key)
}
