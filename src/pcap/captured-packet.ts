/**
 * What a capture file holds, whatever its format: packets, the interfaces they were seen on, and how a file can be
 * broken. Source: draft-ietf-opsawg-pcap, draft-ietf-opsawg-pcapng.
 */

/** LINKTYPE_ETHERNET. */
export const ETHERNET = 1

/** Exact: 53 bits of a number cannot hold nanoseconds since 1970. */
export interface CaptureTime {
  /** Whole seconds since 1970; negative before. */
  readonly seconds: number
  /** 0 to 999,999,999. */
  readonly nanoseconds: number
}

/** One interface of one section; packets of the same interface share the object. */
export interface CaptureInterface {
  /** From 0, counted over the whole file. A classic capture has the one. */
  readonly index: number
  /** `if_name`; undefined when the file does not say. */
  readonly name: string | undefined
  /** LINKTYPE_ number; packets of others than Ethernet are given as well. */
  readonly linkType: number
  /** Most octets of a packet that were kept; 0 is without limit. */
  readonly snapLength: number
  /** Octets of FCS at the end of each packet. */
  readonly fcsLength: number
}

export interface CapturedPacket {
  /** From 1, as Wireshark numbers frames. */
  readonly number: number
  /** Undefined in a simple packet block, which has none. */
  readonly time: CaptureTime | undefined
  readonly interface: CaptureInterface
  /** What was captured. A view on the piece of the file it was read in: copy what is kept for long. */
  readonly octets: Uint8Array
  /** Octets on the wire; `octets` is shorter when the capture cut the packet. */
  readonly originalLength: number
  /** As the capturing system said (`epb_flags`). */
  readonly direction: 'in' | 'out' | undefined
}

/** Every way in which a file is no capture, or stops being one. */
export type CaptureErrorCode =
  /** The file cannot be opened or read. */
  | 'unreadable'
  /** Neither pcap nor pcapng, or a kind of them nobody writes any more. */
  | 'not-a-capture'
  /** The file ends within a header or a packet. */
  | 'truncated'
  /** A length or a reference contradicts the rest of the file. */
  | 'malformed'
  /** The compressed data is damaged or cut. */
  | 'bad-gzip'

/** The packets before `offset` have been given; nothing after it can be. */
export class CaptureError extends Error {
  override readonly name = 'CaptureError'
  readonly code: CaptureErrorCode
  /** Octets from the start of the capture, after decompression. */
  readonly offset: number

  constructor(code: CaptureErrorCode, offset: number, message: string) {
    super(message)
    this.code = code
    this.offset = offset
  }
}

/** Milliseconds since 1970 with fractions, to about a microsecond: for virtual time, not for display. */
export function toMilliseconds({ seconds, nanoseconds }: CaptureTime): number {
  return seconds * 1000 + nanoseconds / 1e6
}
