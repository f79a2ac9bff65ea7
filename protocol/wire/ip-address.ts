/**
 * Text forms of IP addresses, as VSIIDs, VSI manager IDs and LLDP need them. Source: RFC 4291 §2.2, RFC 5952 §4.
 * Values are lower-case hexadecimal: 8 digits for IPv4, 32 for IPv6. `protocol/` has no Node, hence no node:net.
 */

/** `192.0.2.1` as 8 hexadecimal digits; undefined when it is not an address. */
export function parseIpv4(text: string): string | undefined {
  const parts = text.split('.')
  if (parts.length !== 4) return undefined
  let hex = ''
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    hex += Number(part).toString(16).padStart(2, '0')
  }
  return hex
}

/** `2001:db8::1` or `::ffff:192.0.2.1` as 32 hexadecimal digits; undefined when it is not an address. */
export function parseIpv6(text: string): string | undefined {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  if (dotted) {
    const tail = parseIpv4(dotted[2]!)
    return tail && parseIpv6(`${dotted[1]}${tail.slice(0, 4)}:${tail.slice(4)}`)
  }
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = groups(halves[0]!)
  const tail = halves.length === 2 ? groups(halves[1]!) : []
  if (head === undefined || tail === undefined) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  return [...head, ...Array<string>(missing).fill('0'), ...tail]
    .map((group) => group.padStart(4, '0'))
    .join('')
}

/** 32 hexadecimal digits as the shortest text form; an IPv4-mapped address keeps its dotted tail. */
export function formatIpv6(hex: string): string {
  if (hex.startsWith(`${'0'.repeat(20)}ffff`)) {
    const octets = hex.slice(24).match(/../g) ?? []
    return `::ffff:${octets.map((octet) => Number.parseInt(octet, 16)).join('.')}`
  }
  const parts = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16))
  const run = longestZeroRun(parts)
  if (run.length < 2) return parts.join(':')
  return `${parts.slice(0, run.start).join(':')}::${parts.slice(run.start + run.length).join(':')}`
}

function groups(text: string): string[] | undefined {
  if (text === '') return []
  const parts = text.toLowerCase().split(':')
  return parts.every((part) => /^[0-9a-f]{1,4}$/.test(part)) ? parts : undefined
}

function longestZeroRun(parts: readonly string[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < parts.length; start++) {
    let length = 0
    while (parts[start + length] === '0') length++
    if (length > best.length) best = { start, length }
    start += length
  }
  return best
}
