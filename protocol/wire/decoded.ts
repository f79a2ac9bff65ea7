/**
 * The result of decoding octets from the wire: a value, or a located reason why there is none.
 * Decoders never throw for what a peer sent. A fault names the first octet that is wrong and the
 * clause it breaks, so that a person can find it in a capture.
 */

/** Why octets could not be decoded. */
export interface Fault {
  /** Stable, kebab-case; the table of codes is in `src/README.md`. */
  readonly code: FaultCode
  /** Octets from the start of the decoded unit (the frame, for faults that leave the engine). */
  readonly offset: number
  /** The rule that was broken, in the one citation form: `802.1Q-2018 §41.2.9`. */
  readonly clause: string
}

/** Every code a decoder can report. One list, so that documents and tests can be held against it. */
export const FAULT_CODES = [
  'frame-too-short',
  'frame-too-long',
  'tlv-truncated',
  'tlv-length',
  'tlv-repeated',
  'tlv-order',
  'chassis-id-invalid',
  'port-id-invalid',
  'ttl-invalid',
  'evb-length',
  'ecp-version',
  'ecp-operation',
  'ecp-subtype',
  'ulpdu-without-manager-id',
  'ulpdu-second-manager-id',
  'manager-id-length',
  'association-too-short',
  'filter-format',
  'filter-count',
  'vsi-id-format',
  'vid-invalid',
  'mac-invalid',
  'group-id-invalid',
  'cdcp-length',
  'cdcp-default-channel',
  'vdp-mode',
  'vdp-response',
  'frame-cut',
] as const

export type FaultCode = (typeof FAULT_CODES)[number]

export type Decoded<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly fault: Fault }

/** A decoded value. */
export function decoded<T>(value: T): Decoded<T> {
  return { ok: true, value }
}

/** A located reason why there is no value. */
export function faulty(code: FaultCode, offset: number, clause: string): { ok: false; fault: Fault } {
  return { ok: false, fault: { code, offset, clause } }
}

/** The same fault, seen from an enclosing unit that starts `by` octets earlier. */
export function shiftFault(fault: Fault, by: number): Fault {
  return { ...fault, offset: fault.offset + by }
}
