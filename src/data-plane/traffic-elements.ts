/**
 * The frames of a VSI as elements of sets. An entry stands for its VLAN, and for one address in it when it has one;
 * a group ID is a name for what the entry got, no part of a frame. Source: 802.1Q-2018 §41.2.9.
 */
import type { FilterEntry } from '../../protocol/vdp/filter-info.ts'
import type { Key } from '../nftables/set-key.ts'
import type { SetName } from './ruleset.ts'
import type { Placed } from './switch-kernel.ts'

/** Names an element among those of all sets. */
export type ElementId = string

/** Joined: a text put together by `+` or a template keeps its pieces as long as it lives. */
export function elementId(set: SetName, { port, mac, vid }: Key): ElementId {
  return [set, port, mac, vid].join(' ')
}

/** The frames that these entries let pass a port whose untagged frames are in VLAN `untaggedVid`. */
export function elementsOf(port: string, untaggedVid: number, entries: readonly FilterEntry[]): Placed[] {
  return entries.flatMap(({ mac, vid }) => {
    const tagged: Placed[] = [
      { set: 'taggedMember', element: { key: { port, vid } } },
      mac === undefined
        ? { set: 'taggedAny', element: { key: { port, vid } } }
        : { set: 'tagged', element: { key: { port, mac, vid } } },
    ]
    if (vid !== untaggedVid) return tagged
    return [
      ...tagged,
      { set: 'untaggedMember', element: { key: { port } } },
      mac === undefined
        ? { set: 'untaggedAny', element: { key: { port } } }
        : { set: 'untagged', element: { key: { port, mac } } },
    ]
  })
}

/** For people: `52:54:00:00:00:01 untagged`, `any address in VLAN 200`. */
export function describeElement({ set, element: { key } }: Placed): string {
  const vlan = key.vid === undefined ? 'untagged' : `in VLAN ${key.vid}`
  switch (set) {
    case 'untagged':
    case 'tagged':
      return `${key.mac} ${vlan}`
    case 'untaggedAny':
    case 'taggedAny':
      return `any address ${vlan}`
    case 'untaggedMember':
    case 'taggedMember':
      return `groups ${vlan}`
    case 'limits':
      return `rate limit of ${key.mac}`
    case 'ports':
      return 'port'
    case 'filtered':
      return 'filter'
    case 'refusedIn':
    case 'refusedOut':
      return `counter ${set}`
  }
}
