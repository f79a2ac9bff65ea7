/**
 * A place where whole Ethernet frames go out and come in: a network interface, one end of a link in memory, a
 * capture. It knows nothing of LLDP or ECP, nor whether the link is up; `src/netlink/link-monitor.ts` says that.
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { OperationalError } from '../runtime/operational-error.ts'

export interface FramePortListeners {
  /**
   * The frames of one wake-up, in order of arrival, without FCS and without VLAN tag: what was tagged for a VLAN
   * is not delivered. The octets are the listener's to keep. An exception thrown here is the listener's bug; it
   * does not stop the port.
   */
  readonly onFrames: (batch: readonly Uint8Array[]) => void
  /** The port cannot do its work for now. Told once when that starts, not for every frame. */
  readonly onProblem?: (error: OperationalError) => void
}

/** Frames since the port was made; closing and opening again does not reset them. */
export interface FramePortCounters {
  readonly sent: number
  readonly received: number
  /** Frames that were given to `send` and did not leave. */
  readonly sendErrors: number
  /** Frames that arrived and were not delivered: tagged for a VLAN, or another host's. */
  readonly dropped: number
  /** Frames that came when there was no room: more came than could be taken. */
  readonly lost: number
}

export interface FramePort {
  /** The interface's name, or what stands in its place. */
  readonly name: string
  readonly counters: FramePortCounters
  /** Throws OperationalError when it cannot; the port is then closed. */
  open(listeners: FramePortListeners): void
  /** Sends a whole frame without FCS. Never throws: what does not leave is counted and reported. */
  send(octets: Uint8Array): void
  /**
   * Frames from this address are not lost among those of others, however many come; null: nobody's is preferred.
   * Absent where frames are not lost.
   */
  prefer?(address: MacAddress | null): void
  /** Nothing is delivered after it. Closing a closed port does nothing. */
  close(): void
}

/** The counters of a port that is being written to; every port owns one. */
export function zeroFramePortCounters(): { -readonly [K in keyof FramePortCounters]: number } {
  return { sent: 0, received: 0, sendErrors: 0, dropped: 0, lost: 0 }
}
