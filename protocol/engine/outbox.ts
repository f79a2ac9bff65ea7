/**
 * VSI TLVs waiting for an ECPDU: at most one for each VSI (a newer one replaces it), in order of arrival within a
 * manager, managers in turn. VSIs of different managers never share an ECPDU. Source: 802.1Q-2018 §41.1.3.
 * Every operation costs the same whatever the number of VSIs.
 */
import type { ManagerId } from '../vdp/manager-id-tlv.ts'
import { itemSize, type VerbatimItem, type VsiItem } from '../vdp/ulpdu.ts'
import type { VsiKey } from '../vdp/vsi-id.ts'

export interface Outgoing {
  readonly vsi: VsiKey
  readonly managerId: ManagerId
  readonly item: VsiItem | VerbatimItem
}

export interface Outbox {
  /** First in line first; a manager that was served and has more goes to the end. */
  readonly queues: Map<ManagerId, Map<VsiKey, Outgoing>>
  readonly managerOf: Map<VsiKey, ManagerId>
}

/** What one ECPDU takes: items of one manager. */
export interface Batch {
  readonly managerId: ManagerId
  readonly items: readonly Outgoing[]
}

export function createOutbox(): Outbox {
  return { queues: new Map(), managerOf: new Map() }
}

export function outboxSize(outbox: Outbox): number {
  return outbox.managerOf.size
}

/** Queues `outgoing`, in place of what waited for the same VSI. */
export function putOutgoing(outbox: Outbox, outgoing: Outgoing): void {
  if (outbox.managerOf.get(outgoing.vsi) !== outgoing.managerId) removeOutgoing(outbox, outgoing.vsi)
  let queue = outbox.queues.get(outgoing.managerId)
  if (queue === undefined) {
    queue = new Map()
    outbox.queues.set(outgoing.managerId, queue)
  }
  queue.set(outgoing.vsi, outgoing)
  outbox.managerOf.set(outgoing.vsi, outgoing.managerId)
}

export function removeOutgoing(outbox: Outbox, vsi: VsiKey): void {
  const managerId = outbox.managerOf.get(vsi)
  if (managerId === undefined) return
  outbox.managerOf.delete(vsi)
  const queue = outbox.queues.get(managerId)!
  queue.delete(vsi)
  if (queue.size === 0) outbox.queues.delete(managerId)
}

/** Takes what fits `space` octets, and one item at least; undefined when nothing waits. */
export function takeBatch(outbox: Outbox, space: number): Batch | undefined {
  const first = outbox.queues.entries().next()
  if (first.done) return undefined
  const [managerId, queue] = first.value
  const items: Outgoing[] = []
  let room = space
  for (const outgoing of queue.values()) {
    room -= itemSize(outgoing.item)
    if (room < 0 && items.length > 0) break
    items.push(outgoing)
  }
  for (const { vsi } of items) removeOutgoing(outbox, vsi)
  if (queue.size > 0) {
    outbox.queues.delete(managerId)
    outbox.queues.set(managerId, queue)
  }
  return { managerId, items }
}

export function clearOutbox(outbox: Outbox): void {
  outbox.queues.clear()
  outbox.managerOf.clear()
}
