/**
 * The fields of the protocols as a person sees them in a capture: a name, where it is defined, and how its octets read.
 * A field says nothing about where it lies in a frame; `dissection.ts` does.
 */

/** How the octets of a field read as a value. */
export type FieldKind =
  /** Holds other fields and has no value of its own. */
  | 'group'
  /** Big-endian, at most 32 bits, or some of them. */
  | 'uint'
  /** One bit. */
  | 'flag'
  /** A number whose bits have names. */
  | 'bits'
  | 'mac'
  | 'ipv4'
  | 'ipv6'
  | 'uuid'
  /** `00:80:c2` */
  | 'oui'
  /** UTF-8, Latin-1 when it is not that. */
  | 'text'
  /** Whatever they are, in hexadecimal. */
  | 'octets'
  /** These four are told what they are by the octet before. */
  | 'chassis-id'
  | 'port-id'
  | 'vsi-id'
  | 'management-address'
  | 'manager-id'

export interface Field {
  /** Position in `FIELDS`. */
  readonly index: number
  /** As `--json` and filters have it: `ecp.op`. Unique. */
  readonly name: string
  /** For people. */
  readonly label: string
  /** Where it is defined: `802.1Q-2018 §43.2`. */
  readonly clause: string
  readonly kind: FieldKind
  /** Of `uint` and `flag`: how far to shift right, then what to keep. */
  readonly shift: number
  readonly mask: number
  /** What numbers mean; for `bits` by mask. */
  readonly meanings: Readonly<Record<number, string>> | undefined
}

export const EVERY_BIT = 0xffffffff
const all: Field[] = []

/** Every field there is, by `index`. */
export const FIELDS: readonly Field[] = all

type Meanings = Readonly<Record<number, string>>

function define(field: Omit<Field, 'index'>): Field {
  const defined = { index: all.length, ...field }
  all.push(defined)
  return defined
}

export function group(name: string, label: string, clause: string): Field {
  return define({ name, label, clause, kind: 'group', shift: 0, mask: EVERY_BIT, meanings: undefined })
}

/** All bits of its octets. */
export function uint(name: string, label: string, clause: string, meanings?: Meanings): Field {
  return define({ name, label, clause, kind: 'uint', shift: 0, mask: EVERY_BIT, meanings })
}

/** Bits `high` to `low` of its octets; the last bit is 0. */
export function uintBits(
  name: string,
  label: string,
  clause: string,
  [high, low]: readonly [number, number],
  meanings?: Meanings,
): Field {
  return define({ name, label, clause, kind: 'uint', shift: low, mask: 2 ** (high - low + 1) - 1, meanings })
}

/** Bit `bit` of its octets; the last is 0. */
export function flag(name: string, label: string, clause: string, bit: number): Field {
  return define({ name, label, clause, kind: 'flag', shift: bit, mask: 1, meanings: undefined })
}

/** `meanings` by mask. */
export function bits(name: string, label: string, clause: string, meanings: Meanings): Field {
  return define({ name, label, clause, kind: 'bits', shift: 0, mask: EVERY_BIT, meanings })
}

export function plain(
  kind: Exclude<FieldKind, 'group' | 'uint' | 'flag' | 'bits'>,
  name: string,
  label: string,
  clause: string,
): Field {
  return define({ name, label, clause, kind, shift: 0, mask: EVERY_BIT, meanings: undefined })
}
