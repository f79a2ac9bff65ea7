/**
 * Octet strings and their text form. A value that is compared, recorded or used as a key (a VSIID, a
 * manager ID) is kept as lower-case hexadecimal; what goes to or comes from the wire is a Uint8Array.
 */

const DIGITS = Uint8Array.from('0123456789abcdef', (digit) => digit.charCodeAt(0))
/** Octets turned into text at once: an argument each, twice. */
const STRIDE = 256
const COLON = ':'.charCodeAt(0)

/**
 * Lower-case hexadecimal of `octets[start, end)`. Made of its characters and not piece by piece: a text that was put
 * together keeps its pieces as long as it lives, and identifiers live long.
 */
export function toHex(octets: Uint8Array, start = 0, end = octets.length): string {
  if (end - start > STRIDE) return toHex(octets, start, start + STRIDE) + toHex(octets, start + STRIDE, end)
  const text = new Uint8Array(2 * Math.max(0, end - start))
  for (let at = 0; at < text.length; at += 2) putDigits(octets[start + at / 2]!, text, at)
  return fromCodes(text)
}

/** The same with a colon between the octets, of a few of them. */
export function toColonHex(octets: Uint8Array, start: number, end: number): string {
  const text = new Uint8Array(3 * (end - start) - 1).fill(COLON)
  for (let at = 0; at < text.length; at += 3) putDigits(octets[start + at / 3]!, text, at)
  return fromCodes(text)
}

/** Without the iterator that `...` would be: two objects for each character. */
function fromCodes(codes: Uint8Array): string {
  return Reflect.apply(String.fromCharCode, String, codes)
}

function putDigits(octet: number, text: Uint8Array, at: number): void {
  text[at] = DIGITS[octet >> 4]!
  text[at + 1] = DIGITS[octet & 0xf]!
}

/** Of digits in either case by their character codes; of others -1. */
const VALUES = Int8Array.from({ length: 128 }, (_, code) => {
  const value = Number.parseInt(String.fromCharCode(code), 16)
  return Number.isNaN(value) ? -1 : value
})

/** The octet that the two digits from `text[at]` on stand for. Throws RangeError when they are none. */
export function hexOctet(text: string, at: number): number {
  const high = VALUES[text.charCodeAt(at)] ?? -1
  const low = VALUES[text.charCodeAt(at + 1)] ?? -1
  if (high < 0 || low < 0) throw new RangeError(`not hexadecimal: ${text}`)
  return (high << 4) | low
}

/** The octets of a hexadecimal string. Throws RangeError when it is not one: a caller's mistake. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0) throw new RangeError(`not hexadecimal: ${text}`)
  const octets = new Uint8Array(text.length / 2)
  for (let index = 0; index < octets.length; index++) octets[index] = hexOctet(text, 2 * index)
  return octets
}

/** True when both hold the same octets. */
export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
