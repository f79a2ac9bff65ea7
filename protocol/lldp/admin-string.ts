/**
 * The texts of LLDP (port description, system name, system description): UTF-8, at most 255 octets.
 * Source: 802.1AB-2016 §8.5.5 to §8.5.7, RFC 3411 §5 (SnmpAdminString). `protocol/` has no TextDecoder.
 */

export const MAX_ADMIN_STRING_LENGTH = 255

/** The text in `octets[start, end)`. What is not UTF-8 is read as Latin-1: a peer's name is shown in any case. */
export function decodeAdminString(octets: Uint8Array, start: number, end: number): string {
  let escaped = ''
  let latin1 = ''
  for (let index = start; index < end; index++) {
    escaped += `%${octets[index]!.toString(16).padStart(2, '0')}`
    latin1 += String.fromCharCode(octets[index]!)
  }
  try {
    return decodeURIComponent(escaped)
  } catch {
    return latin1
  }
}

/** UTF-8 of `text`, cut before the character that would pass 255 octets. */
export function encodeAdminString(text: string): Uint8Array {
  const octets: number[] = []
  for (const character of text) {
    const encoded = encodeCharacter(character)
    if (octets.length + encoded.length > MAX_ADMIN_STRING_LENGTH) break
    octets.push(...encoded)
  }
  return Uint8Array.from(octets)
}

/** Controls, line ends, and what turns the direction of writing around. */
const STEERING = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu

/** `text` with characters replaced by which a neighbour's name could steer a terminal or a log. */
export function printable(text: string): string {
  return text.replaceAll(STEERING, '\ufffd')
}

function encodeCharacter(character: string): number[] {
  const wellFormed = /\p{Cs}/u.test(character) ? '\ufffd' : character
  const escaped = encodeURIComponent(wellFormed)
  if (!escaped.startsWith('%')) return [escaped.charCodeAt(0)]
  return escaped
    .slice(1)
    .split('%')
    .map((octet) => Number.parseInt(octet, 16))
}
