/** A kind of organisationally specific TLV that has fields of its own, and how most of them are laid out. */
import type { Dissection } from './dissection.ts'
import type { Field } from './field.ts'
import { addPlaced, DATA, type Placed } from './tlv-header.ts'

export interface OrganizationalKind {
  readonly oui: number
  readonly subtype: number
  readonly group: Field
  /** A second one in the same LLDPDU is a fault. */
  readonly once: boolean
  /** What follows the subtype, `octets[data, end)`, of the TLV whose header is at `start`. */
  readonly dissect: (d: Dissection, data: number, end: number, start: number) => void
}

/** Fields at fixed places. With less than `min` octets the TLV is faulty; what follows the fields is shown as octets. */
export function fixed(min: number, clause: string, placed: readonly Placed[]): OrganizationalKind['dissect'] {
  return (d, data, end, start) => {
    d.addRest(DATA, data + addPlaced(d, placed, data, end), end)
    if (end - data < min) d.fault('tlv-length', start, clause)
  }
}

/** Fields at fixed places, then entries of `size` octets to the end. */
export function repeated(
  min: number,
  clause: string,
  placed: readonly Placed[],
  size: number,
  entry: readonly Placed[],
): OrganizationalKind['dissect'] {
  return (d, data, end, start) => {
    let at = data + addPlaced(d, placed, data, end)
    while (end - data >= min && end - at >= size) {
      addPlaced(d, entry, at, end)
      at += size
    }
    d.addRest(DATA, at, end)
    if (end - data < min || at < end) d.fault('tlv-length', start, clause)
  }
}

/** A name of given length, told by the octet at `lengthAt`; the fields before it are at fixed places. */
export function named(
  lengthAt: number,
  clause: string,
  placed: readonly Placed[],
  name: Field,
): OrganizationalKind['dissect'] {
  return (d, data, end, start) => {
    const known = addPlaced(d, placed, data, end)
    const first = data + lengthAt + 1
    const last = first <= end ? first + d.uint8(data + lengthAt) : Number.POSITIVE_INFINITY
    if (last > end) {
      d.addRest(DATA, data + known, end)
      d.fault('tlv-length', start, clause)
      return
    }
    d.addRest(name, first, last)
    d.addRest(DATA, last, end)
  }
}
