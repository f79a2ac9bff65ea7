/**
 * What is in one frame: its fields in the order of the octets, as a tree told by depth, and what is wrong with it.
 * Columns instead of objects, and used again for the next frame: nothing is made that nobody looks at. A renderer walks
 * `0` to `count`.
 */
import type { Fault, FaultCode } from '../wire/decoded.ts'
import type { Field } from './field.ts'

/** What a frame is, by the protocol it carries. */
export type FrameProtocol = 'lldp' | 'ecp' | 'ecp-draft' | 'other'

export class Dissection {
  octets: Uint8Array = new Uint8Array()
  /** Where the frame ends: the octets without the FCS. */
  end = 0
  /** The capture holds less of the frame than was on the wire. */
  cut = false
  protocol: FrameProtocol = 'other'
  /** Where the payload of the last Ethernet or VLAN header starts. */
  payload = 0
  count = 0
  readonly fields: Field[] = []
  /** First octet of each field, from the start of the frame. */
  readonly starts: number[] = []
  /** One after the last octet. */
  readonly ends: number[] = []
  /** 0 for the outermost. */
  readonly depths: number[] = []
  /** In the order they were found. A frame can be partly right. */
  readonly faults: Fault[] = []
  #depth = 0

  begin(octets: Uint8Array, end: number, cut: boolean): void {
    this.octets = octets
    this.end = end
    this.cut = cut
    this.protocol = 'other'
    this.payload = 0
    this.count = 0
    if (this.faults.length > 0) this.faults.length = 0
    this.#depth = 0
  }

  add(field: Field, start: number, end: number): void {
    const index = this.count++
    this.fields[index] = field
    this.starts[index] = start
    this.ends[index] = end
    this.depths[index] = this.#depth
  }

  /** Like `add` when there are octets, otherwise nothing. */
  addRest(field: Field, start: number, end: number): void {
    if (start < end) this.add(field, start, end)
  }

  /** Starts a group; what is added until `close` belongs to it. */
  open(field: Field, start: number): number {
    this.add(field, start, start)
    this.#depth++
    return this.count - 1
  }

  close(group: number, end: number): void {
    this.#depth--
    this.ends[group] = end
  }

  fault(code: FaultCode, offset: number, clause: string): void {
    this.faults.push({ code, offset, clause })
  }

  /** A fault because there are no more octets; not the sender's when the capture cut them off. */
  runOut(code: FaultCode, offset: number, clause: string): void {
    if (this.cut) this.fault('frame-cut', this.end, clause)
    else this.fault(code, offset, clause)
  }

  uint8(at: number): number {
    return this.octets[at]!
  }

  uint16(at: number): number {
    return (this.octets[at]! << 8) | this.octets[at + 1]!
  }

  uint24(at: number): number {
    return (this.octets[at]! << 16) | this.uint16(at + 1)
  }
}
