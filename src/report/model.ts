/**
 * What a report shows, as plain JSON: written into the page by `page.ts`, read again by the script in `page/`. Times are
 * milliseconds since the first packet; parties, VSIs and findings are referred to by their place in the list.
 */
import type { Severity } from '../replay/finding.ts'
import type { SideRole } from '../replay/side.ts'
import type { Happening } from '../replay/vsi-life.ts'

export interface ReportModel {
  readonly title: string
  /** The capture. */
  readonly source: string
  readonly version: string
  /** Of the first packet, ISO 8601; null when the capture has no times. */
  readonly started: string | null
  readonly duration: number
  readonly counts: Counts
  readonly severities: Readonly<Record<Severity, number>>
  readonly parties: readonly Party[]
  readonly frames: readonly ReportFrame[]
  readonly vsis: readonly Lane[]
  readonly evb: readonly EvbTable[]
  readonly findings: readonly ReportFinding[]
  /** What is not on the page, in words. */
  readonly limits: readonly string[]
  /** Why the capture could not be read to its end. */
  readonly broken: string | null
}

/** Packets of the capture; `other` is neither LLDP nor ECP. */
export interface Counts {
  readonly packets: number
  readonly lldp: number
  readonly ecp: number
  readonly draft: number
  readonly broken: number
  readonly other: number
}

/** Who sends frames on one interface of the capture. */
export interface Party {
  readonly interface: number
  readonly interfaceName: string | null
  readonly mac: string
  readonly role: SideRole
  readonly evidence: string
  /** Its system name, as its last LLDPDU has it. */
  readonly name: string | null
  /** At the other end of the wire. */
  readonly partner: number | null
  readonly lldpdus: number
  readonly requests: number
  readonly transmissions: number
  readonly acknowledgements: number
}

export type FrameKind =
  /** The first LLDPDU of a sender. */
  | 'lldp-first'
  /** Another EVB TLV than in the one before. */
  | 'evb-change'
  /** Anything else is different. */
  | 'lldp-change'
  | 'lldp-periodic'
  | 'lldp-shutdown'
  | 'vdp-request'
  | 'vdp-response'
  | 'vdp-keep-alive'
  /** The answer to a keep-alive. */
  | 'vdp-kept-alive'
  /** A request of ECP that was sent before. */
  | 'ecp-repeat'
  /** A request of ECP without VDP that can be read. */
  | 'ecp-request'
  | 'ecp-ack'
  /** The acknowledgement of a keep-alive or of its answer. */
  | 'ecp-quiet-ack'
  | 'draft'
  | 'tagged'
  | 'unreadable'

export interface ReportFrame {
  /** As Wireshark numbers frames. */
  readonly number: number
  readonly at: number
  readonly from: number
  readonly kind: FrameKind
  /** Octets on the wire. */
  readonly size: number
  readonly text: string
  /** All VSIs it is about; an acknowledgement has those of its request. */
  readonly vsis?: readonly number[]
  /** The frame that this one acknowledges, answers or repeats. */
  readonly to?: number
  /** After that one. */
  readonly took?: number
  /** As captured, base64; without it there is no tree of fields. */
  readonly octets?: string
  /** Octets of FCS at its end. */
  readonly fcs?: number
}

/** What a VSI is at a time; `asking` is a request without an answer yet, of a VSI that has nothing. */
export type LaneState = 'asking' | 'preassociated' | 'preassociated-rr' | 'associated'

export interface Lane {
  readonly id: string
  readonly interface: number
  /** In the end. */
  readonly state: string
  /** `5:1` */
  readonly type: string | null
  readonly path: readonly string[]
  readonly keepAlives: number
  readonly spans: readonly LaneSpan[]
  readonly marks: readonly LaneMark[]
}

export interface LaneSpan {
  readonly state: LaneState
  readonly from: number
  readonly to: number
  /** Numbers of the frames it begins and ends with; the end of the capture is null. */
  readonly first: number
  readonly last: number | null
}

export interface LaneMark {
  readonly what: Happening
  readonly frame: number
  readonly at: number
  /** VDP error of a refusal. */
  readonly error?: number
}

/** What the two ends of a wire say in their EVB TLVs, and what follows. */
export interface EvbTable {
  readonly interface: number
  readonly columns: readonly EvbColumn[]
  readonly rows: readonly EvbRow[]
}

export interface EvbColumn {
  readonly party: number
  /** The first LLDPDU with these values. */
  readonly frame: number | null
  /** Still in the end: not taken back, nor said goodbye. */
  readonly sent: boolean
}

export interface EvbRow {
  readonly name: string
  readonly explanation: string
  /** As many as there are columns. */
  readonly values: readonly string[]
  readonly result: string
}

export interface ReportFinding {
  readonly severity: Severity
  readonly code: string
  readonly rule: number | null
  readonly frame: number
  readonly at: number
  readonly party: number | null
  readonly vsi: string | null
  readonly text: string
}
