/** What is said of a capture in the end: plain JSON, the schema of `qbg replay --json`. */
import type { OperatingValues } from '../../protocol/wire/operating-values.ts'
import type { CaptureError } from '../pcap/captured-packet.ts'
import type { Finding, Severity } from './finding.ts'
import type { Reconstruction, Wire } from './reconstruction.ts'
import { operatingValues, type Side, type SideRole } from './side.ts'
import type { VsiEvent, VsiLife } from './vsi-life.ts'

export const VERDICT_SCHEMA = 'qbg/v1/verdict'

export interface SideVerdict {
  readonly mac: string
  readonly role: SideRole
  /** Why it has the role. */
  readonly evidence: string
  readonly lldpdus: number
  readonly ecp: {
    /** Different ECPDUs with a request, and how often they were sent in all. */
    readonly requests: number
    readonly transmissions: number
    readonly acknowledgements: number
    readonly unacknowledged: number
    /** Until the acknowledgement of its requests. Milliseconds; null when none was acknowledged. */
    readonly ackTime: Times | null
  }
}

export interface Times {
  readonly median: number
  readonly max: number
}

export interface VsiVerdict {
  readonly id: string
  readonly state: VsiLife['state']
  readonly path: readonly string[]
  readonly keepAlives: number
  /** From a request to its answer. Milliseconds. */
  readonly answerTime: Times | null
  readonly events: readonly VsiEvent[]
}

export interface WireVerdict {
  readonly interface: number
  readonly sides: readonly SideVerdict[]
  /** Null before any EVB TLV was seen. */
  readonly operating: OperatingValues | null
  /** As the bridge's last EVB TLV says. */
  readonly relay: 'on' | 'off' | 'unknown'
  readonly vsis: readonly VsiVerdict[]
}

export interface Verdict {
  readonly schema: typeof VERDICT_SCHEMA
  readonly file: string
  /** Milliseconds. */
  readonly duration: number
  readonly frames: Reconstruction['frames']
  readonly wires: readonly WireVerdict[]
  /** At most 1000 of a code and severity. */
  readonly findings: readonly Finding[]
  /** Of all findings. */
  readonly counts: Readonly<Record<Severity, number>>
  /** Why the file could not be read to its end. */
  readonly broken: { readonly code: string; readonly offset: number; readonly message: string } | null
}

export function toVerdict(file: string, reconstruction: Reconstruction, broken?: CaptureError): Verdict {
  const { duration, frames, wires, findings } = reconstruction
  return {
    schema: VERDICT_SCHEMA,
    file,
    duration,
    frames,
    wires: [...wires.values()].map(ofWire),
    findings: findings.all,
    counts: { ...findings.counts },
    broken: broken ? { code: broken.code, offset: broken.offset, message: broken.message } : null,
  }
}

function ofWire({ conversation, lives }: Wire): WireVerdict {
  const sides = [...conversation.sides.values()]
  const bridge = sides.find(({ role }) => role === 'bridge')
  const heard = sides.find(({ lastEvb }) => lastEvb !== undefined)
  return {
    interface: conversation.interface,
    sides: sides.map(ofSide),
    operating: heard ? operatingValues(heard, conversation.partnerOf(heard)) : null,
    relay: bridge?.lastEvb ? (bridge.lastEvb.bridge.rrctr ? 'on' : 'off') : 'unknown',
    vsis: [...lives.values()].map(ofVsi),
  }
}

function ofSide({ mac, role, evidence, lldpdus, ecp, ackTimes }: Side): SideVerdict {
  return { mac, role, evidence, lldpdus, ecp: { ...ecp, ackTime: times(ackTimes) } }
}

function ofVsi(life: VsiLife): VsiVerdict {
  const { id, state, path, keepAlives, events, answerTimes } = life
  return { id, state, path, keepAlives, answerTime: times(answerTimes), events }
}

function times(samples: readonly number[]): Times | null {
  if (samples.length === 0) return null
  const sorted = [...samples].sort((a, b) => a - b)
  return { median: sorted[sorted.length >> 1]!, max: sorted.at(-1)! }
}
