/**
 * The rules that a switch's ports are under, as sets, maps and chains of one nf_tables table. They are made once;
 * what changes with a VSI are elements of sets, so that an event and a frame cost the same for one VSI and for
 * thousands.
 *
 * A port of ours never relays reserved group addresses. A port that is filtered passes, both ways, only frames of
 * associated VSIs: by source address and VLAN on the way in, before the bridge learns from them; on the way out by
 * destination, or, to groups, by VLAN. Untagged and priority-tagged frames belong to the port's untagged VLAN.
 */
import {
  applyObjectOf,
  compare,
  decide,
  type Expression,
  goTo,
  isIn,
  isNotIn,
  loadField,
  loadInterface,
  maskBits,
} from '../nftables/nft-expression.ts'
import type { SetShape } from '../nftables/nft-set.ts'
import type { Chain } from '../nftables/nft-table.ts'

export const SETS = {
  /** All ports of the daemon; the comment says how each was found. */
  ports: { name: 'ports', key: ['port'] },
  /** Those that pass frames of associated VSIs only. */
  filtered: { name: 'filtered', key: ['port'] },
  /** Addresses of VSIs in the port's untagged VLAN, and in others. */
  untagged: { name: 'untagged', key: ['port', 'mac'] },
  tagged: { name: 'tagged', key: ['port', 'mac', 'vid'] },
  /** VLANs that a VSI has as a whole, whatever the address. */
  untaggedAny: { name: 'untagged_any', key: ['port'] },
  taggedAny: { name: 'tagged_any', key: ['port', 'vid'] },
  /** VLANs in which the port has a VSI at all: frames to groups leave by it. */
  untaggedMember: { name: 'untagged_member', key: ['port'] },
  taggedMember: { name: 'tagged_member', key: ['port', 'vid'] },
  /** Frames that were not let pass, counted for each port. */
  refusedIn: { name: 'refused_in', key: ['port'], counts: true },
  refusedOut: { name: 'refused_out', key: ['port'], counts: true },
  /** What a VSI may send, for those whose type has a limit. */
  limits: { name: 'limits', key: ['port', 'mac'], limits: true },
} as const satisfies Record<string, SetShape>
export type SetName = keyof typeof SETS
export const SET_NAMES = Object.keys(SETS) as readonly SetName[]

/** Before everybody else's rules on bridges (`dstnat` as nft calls it). */
const PRIORITY = -300
const VLAN_TAGGED = Buffer.from([0x81, 0x00])
const NO_VID = Buffer.from([0x00, 0x00])
const VID_BITS = Buffer.from([0x0f, 0xff])
const GROUP_BIT = Buffer.from([1, 0, 0, 0, 0, 0])
/** 01-80-C2-00-00-00 to -0F. Source: 802.1Q-2018 table 8-1. */
const RESERVED = Buffer.from([0x01, 0x80, 0xc2, 0, 0, 0])
const RESERVED_BITS = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xf0])
/** Words of the register store: the address follows the name, the VID follows either. */
const AT_MAC = 4
const AT_VID_AFTER_MAC = 6
const AT_VID = 4

type Way = { readonly interface: 'iifname' | 'oifname'; readonly address: 'source' | 'destination' }
const IN: Way = { interface: 'iifname', address: 'source' }
const OUT: Way = { interface: 'oifname', address: 'destination' }

const accept = decide('accept')
const drop = decide('drop')
const name = (set: SetName) => SETS[set].name

const port = (way: Way) => loadInterface(way.interface)
const portAndMac = (way: Way) => [port(way), loadField(way.address, AT_MAC)]
const vid = (at: number) => [loadField('vlanTag', at), maskBits(VID_BITS, at)]
const isReserved = [loadField('destination'), maskBits(RESERVED_BITS), compare('equal', RESERVED)]
const isToGroup = [loadField('destination'), maskBits(GROUP_BIT), compare('equal', GROUP_BIT)]
const isVlan = [loadField('ethertype'), compare('equal', VLAN_TAGGED)]
const isTagged = [...isVlan, ...vid(0), compare('notEqual', NO_VID)]
/** For who reads the rules: nft calls what is behind the ethertype a VID only where the rule itself looks at that. */
const portAndVid = (way: Way) => [...isVlan, port(way), ...vid(AT_VID)]
const portMacAndVid = (way: Way) => [...isVlan, ...portAndMac(way), ...vid(AT_VID_AFTER_MAC)]

const passUnless = (way: Way, set: SetName): Expression[] => [port(way), isNotIn(name(set)), accept]
const refuse = (way: Way, counter: SetName): Expression[][] => [
  [port(way), isIn(name(counter)), drop],
  [drop],
]

export const CHAINS: readonly Chain[] = [
  {
    name: 'prerouting',
    hook: { at: 'prerouting', priority: PRIORITY },
    rules: [
      passUnless(IN, 'ports'),
      [...isReserved, drop],
      passUnless(IN, 'filtered'),
      [...portAndMac(IN), applyObjectOf(name('limits')), drop],
      [...isTagged, goTo('tagged_in')],
      [...portAndMac(IN), isIn(name('untagged')), accept],
      [port(IN), isIn(name('untaggedAny')), accept],
      ...refuse(IN, 'refusedIn'),
    ],
  },
  {
    name: 'tagged_in',
    rules: [
      [...portMacAndVid(IN), isIn(name('tagged')), accept],
      [...portAndVid(IN), isIn(name('taggedAny')), accept],
      ...refuse(IN, 'refusedIn'),
    ],
  },
  {
    name: 'forward',
    hook: { at: 'forward', priority: PRIORITY },
    rules: [passUnless(OUT, 'ports'), [...isReserved, drop], [goTo('out')]],
  },
  {
    // What the switch itself sends: its own neighbours' protocols are its business.
    name: 'output',
    hook: { at: 'output', priority: PRIORITY },
    rules: [[...isReserved, accept], [goTo('out')]],
  },
  {
    name: 'out',
    rules: [
      passUnless(OUT, 'filtered'),
      [...isTagged, goTo('tagged_out')],
      [...isToGroup, port(OUT), isIn(name('untaggedMember')), accept],
      [...portAndMac(OUT), isIn(name('untagged')), accept],
      [port(OUT), isIn(name('untaggedAny')), accept],
      ...refuse(OUT, 'refusedOut'),
    ],
  },
  {
    name: 'tagged_out',
    rules: [
      [...isToGroup, ...portAndVid(OUT), isIn(name('taggedMember')), accept],
      [...portMacAndVid(OUT), isIn(name('tagged')), accept],
      [...portAndVid(OUT), isIn(name('taggedAny')), accept],
      ...refuse(OUT, 'refusedOut'),
    ],
  },
]
