/** What a person should look at on a port, with what to do about it: derived from the port's view. */
import type { PortView } from '../../protocol/engine/view.ts'
import { REASON_TEXTS } from './reasons.ts'
import type { Problem } from './schema/status.ts'

/** What the view cannot know: facts about the interface and the data path. */
export interface PortSurroundings {
  /** The interface itself, beside what is said of it: it may not be there at all. */
  readonly interface: InterfaceState
  /** The Linux bridge the interface is a port of. */
  readonly master: string | null
  /** Bridge: the hairpin setting in force; null when there is nothing to set, or on a station. */
  readonly relayApplied: boolean | null
  /** Problems found outside the protocol, such as a bridge that leaks the neighbours' frames. */
  readonly problems: readonly Problem[]
}

/** `no-carrier`: set up, but nothing is at the other end. */
export type InterfaceState = 'up' | 'down' | 'no-carrier' | 'gone'

const DOWN: Readonly<Record<Exclude<InterfaceState, 'up'>, Problem>> = {
  gone: {
    code: 'interface-gone',
    text: 'there is no interface of that name now: it was deleted, renamed, or moved to another network namespace',
    hint: 'the port goes on as soon as an interface of that name is there; "ip link" shows those there are',
  },
  down: {
    code: 'link-down',
    text: 'the interface is set down',
    hint: 'ip link set dev IFACE up',
  },
  'no-carrier': {
    code: 'no-carrier',
    text: 'the interface is set up, but has no carrier',
    hint: 'look at the other end: a cable, the port of the switch, the other side of a veth, the program behind a TAP',
  },
}

export function findProblems(view: PortView, surroundings: PortSurroundings): Problem[] {
  if (!view.link.up) return [DOWN[surroundings.interface === 'up' ? 'down' : surroundings.interface]]
  return [...viewProblems(view), ...relayProblems(view, surroundings), ...surroundings.problems]
}

function viewProblems(view: PortView): Problem[] {
  const found: Problem[] = []
  if (view.evb.problems.includes('same-role-neighbor')) {
    found.push({ code: 'same-role-neighbor', ...REASON_TEXTS['same-role-neighbor'] })
  }
  if (view.evb.problems.includes('second-evb-neighbor')) {
    found.push({
      code: 'second-evb-neighbor',
      text: 'more than one EVB neighbour is heard; the first is used, and the others are not answered',
      hint: 'EVB runs between two: look for a hub, or a bridge that forwards frames to 01-80-C2-00-00-00',
    })
  }
  if (view.tooManyNeighbors) {
    found.push({
      code: 'too-many-neighbors',
      text: 'more LLDP neighbours are heard than are kept',
      hint: 'raise lldp.maxNeighbors, or find out why so many are heard on one port',
    })
  }
  const silent = silence(view)
  return silent === undefined ? found : [...found, silent]
}

/** Nobody, or nobody with EVB, is heard, and no better explanation stands. */
function silence(view: PortView): Problem | undefined {
  if (view.peer !== null || view.evb.problems.length > 0) return undefined
  if (view.neighbors.length > 0) {
    return {
      code: 'no-evb-neighbor',
      text: 'LLDP is heard from the neighbour, but no EVB TLV',
      hint: 'enable EVB (802.1Qbg) on the neighbour for this port',
    }
  }
  const other = view.role === 'station' ? 'switch' : 'station'
  return {
    code: 'no-neighbor',
    text: 'no LLDP neighbour is heard at the nearest customer bridge address 01-80-C2-00-00-00',
    hint: `check that the ${other} sends LLDP to that address, and that no bridge, bond or NIC firmware between takes it`,
  }
}

function relayProblems(view: PortView, { master, relayApplied }: PortSurroundings): Problem[] {
  if (view.role !== 'bridge' || !view.relay.requested) return []
  if (master === null) {
    return [
      {
        code: 'relay-without-bridge',
        text: 'the station asks for reflective relay, but this interface is not a port of a Linux bridge',
        hint: 'put it into a bridge: ip link set dev IFACE master BRIDGE',
      },
    ]
  }
  if (!view.relay.active && relayApplied === false && view.relay.capable) {
    return [
      {
        code: 'relay-not-applied',
        text: 'the station asks for reflective relay, but hairpin mode of the bridge port is not on',
        hint: 'the log says what the kernel answered; CAP_NET_ADMIN is needed to set it',
      },
    ]
  }
  return []
}
