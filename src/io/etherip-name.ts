/** Names of EtherIP links: `etherip:192.0.2.1`, `etherip:2001:db8::1`. What follows the colon is the other end. */
import { parseIpv4, parseIpv6 } from '../../protocol/wire/ip-address.ts'

const PREFIX = 'etherip:'

export interface EtherIpPeer {
  /** As it was written. */
  readonly address: string
  readonly family: 4 | 6
  /** The address as octets, in hexadecimal digits: texts of one address differ. */
  readonly octets: string
}

export function isEtherIpName(name: string): boolean {
  return name.startsWith(PREFIX)
}

/** Undefined when it is no such name, or no address follows. */
export function parseEtherIpName(name: string): EtherIpPeer | undefined {
  if (!isEtherIpName(name)) return undefined
  const address = name.slice(PREFIX.length)
  const v4 = parseIpv4(address)
  if (v4 !== undefined) return { address, family: 4, octets: v4 }
  const v6 = address === '' ? undefined : parseIpv6(address)
  return v6 === undefined ? undefined : { address, family: 6, octets: v6 }
}
