/**
 * One VSI as libvirt knows it: what it asked for last, how far that is, and what is to happen next. Changed in place
 * by `agent.ts`, which also tells what each change means.
 */
import type { VsiCommand } from '../../protocol/engine/input.ts'
import type { Reason } from '../../protocol/engine/reason.ts'
import { ASSOCIATION_TYPES, type AssociationType } from '../../protocol/vdp/association-tlv.ts'
import { formatVsiId, VSI_ID_FORMATS, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { parseMacAddress } from '../../protocol/wire/mac-address.ts'
import { filterOf, type Operation, type Profile } from './request.ts'

/** An interface that VSIs can be asked for on. */
export interface Uplink {
  readonly name: string
  readonly index: number
}

/** What is to be found again after a restart of the agent. Plain JSON. */
export interface Memory {
  readonly eventPort: number
  readonly sequence: number
  readonly profile: Profile
}

/** A VSI that was lost is put right: first libvirt is told, then, when it does nothing, we ask ourselves. */
export interface Recovery {
  readonly step: 'event' | 'ask'
  readonly at: number
}

/** When libvirt was told last that the VSI was lost, and how long not to tell it again. Milliseconds. */
export interface Telling {
  readonly at: number
  readonly pause: number
}

export interface Entry {
  readonly port: string
  readonly vsi: VsiKey
  /** 32 hexadecimal digits. */
  readonly uuid: string
  index: number
  operation: Operation
  /** Null when libvirt ended a VSI that we did not know. */
  profile: Profile | null
  /** Where events go; 0 while nobody is known. */
  eventPort: number
  sequence: number
  /** Milliseconds of the agent's clock. */
  askedAt: number
  /** Outcome of the last request; null while there is none. */
  response: number | null
  /** Why it failed. */
  reason: Reason | undefined
  /** What the request waits for before it can be sent. */
  obstacle: Reason | undefined
  /** The request whose answer counts; null when none is awaited. */
  ask: number | null
  /** A running domain may use it: it was associated as it is asked for now. */
  established: boolean
  giveUpAt: number | null
  forgetAt: number | null
  recovery: Recovery | null
  telling: Telling
}

export const NEVER_TOLD: Telling = { at: Number.NEGATIVE_INFINITY, pause: 0 }

export function vsiKeyOf(uuid: string): VsiKey {
  return formatVsiId({ format: VSI_ID_FORMATS.uuid, value: uuid })
}

/** Before anything was asked for it. */
export function createEntry(port: string, uuid: string): Entry {
  return {
    port,
    vsi: vsiKeyOf(uuid),
    uuid,
    index: 0,
    operation: 'deassociate',
    profile: null,
    eventPort: 0,
    sequence: 0,
    askedAt: 0,
    response: null,
    reason: undefined,
    obstacle: undefined,
    ask: null,
    established: false,
    giveUpAt: null,
    forgetAt: null,
    recovery: null,
    telling: NEVER_TOLD,
  }
}

export function memoryOf({ eventPort, sequence, profile }: Entry): Memory | undefined {
  return profile === null ? undefined : { eventPort, sequence, profile }
}

export function sameProfile(a: Profile | null, b: Profile | null): boolean {
  return (
    a?.mac === b?.mac &&
    a?.vlan === b?.vlan &&
    a?.managerId === b?.managerId &&
    a?.typeId === b?.typeId &&
    a?.typeVersion === b?.typeVersion
  )
}

const TYPES: Readonly<Record<Operation, AssociationType>> = {
  preassociate: ASSOCIATION_TYPES.preassociate,
  'preassociate-rr': ASSOCIATION_TYPES.preassociateRr,
  associate: ASSOCIATION_TYPES.associate,
  deassociate: ASSOCIATION_TYPES.deassociate,
}

/** What the station is to be asked for; null for the VSI's end. libvirt pre-associates for an incoming migration. */
export function commandOf({ operation, profile, uuid }: Entry): VsiCommand | null {
  if (operation === 'deassociate' || profile === null) return null
  const { managerId, typeId, typeVersion } = profile
  return {
    type: TYPES[operation],
    vsiId: { format: VSI_ID_FORMATS.uuid, value: uuid },
    managerId: managerId.toString(16).padStart(2, '0').padEnd(32, '0'),
    typeId,
    typeVersion,
    filter: filterOf(profile),
    hint: operation === 'associate' ? 'none' : 'migrating',
    organizational: [],
  }
}

/** The memory in what was read from disk; undefined when it is none. */
export function memoryFrom(value: unknown): Memory | undefined {
  const { eventPort, sequence, profile } = (value ?? {}) as Partial<Memory>
  const { mac, ...numbers } = (profile ?? {}) as Partial<Profile>
  const { vlan, managerId, typeId, typeVersion } = numbers
  const limits: readonly [number | undefined, number][] = [
    [eventPort, 0xffffffff],
    [sequence, 0xffffffff],
    [vlan, 4094],
    [managerId, 255],
    [typeId, 0xffffff],
    [typeVersion, 255],
  ]
  const sound = limits.every(([one, most]) => Number.isInteger(one) && one! >= 0 && one! <= most)
  if (!sound || typeof mac !== 'string' || parseMacAddress(mac) !== mac) return undefined
  return value as Memory
}
