/**
 * Octet strings and their text form. A value that is compared, recorded or used as a key (a VSIID, a
 * manager ID) is kept as lower-case hexadecimal; what goes to or comes from the wire is a Uint8Array.
 */

const HEX: readonly string[] = Array.from({ length: 256 }, (_, octet) => octet.toString(16).padStart(2, '0'))

/** Lower-case hexadecimal of `octets[start, end)`. */
export function toHex(octets: Uint8Array, start = 0, end = octets.length): string {
  let text = ''
  for (let index = start; index < end; index++) text += HEX[octets[index]!]
  return text
}

/** The octets of a hexadecimal string. Throws RangeError when it is not one: a caller's mistake. */
export function fromHex(text: string): Uint8Array {
  if (text.length % 2 !== 0 || /[^0-9a-f]/i.test(text)) throw new RangeError(`not hexadecimal: ${text}`)
  const octets = new Uint8Array(text.length / 2)
  for (let index = 0; index < octets.length; index++) {
    octets[index] = Number.parseInt(text.slice(2 * index, 2 * index + 2), 16)
  }
  return octets
}

/** True when both hold the same octets. */
export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) if (a[index] !== b[index]) return false
  return true
}
