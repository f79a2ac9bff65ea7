/** Where metrics are served: loopback, unless somebody says otherwise. */
import { isIP } from 'node:net'
import { type Parsed, parsed, unparsable } from './parsed.ts'

const LOOPBACK = '127.0.0.1'

export interface MetricsAddress {
  readonly host: string
  readonly port: number
}

/** `9100` is on loopback; `192.0.2.1:9100`, `[::1]:9100` where it says. */
export function parseMetricsAddress(written: number | string): Parsed<MetricsAddress> {
  const match = /^(?:(?:\[([^\]]+)\]|([^:[\]]+)):)?(\d{1,5})$/.exec(String(written).trim())
  const host = match?.[1] ?? match?.[2] ?? LOOPBACK
  const port = Number(match?.[3] ?? 0)
  if (match && isIP(host) !== 0 && port >= 1 && port <= 65535) return parsed({ host, port })
  return unparsable(`"${written}" is not a port, or an IP address and a port such as ${LOOPBACK}:9100`)
}

export function isLoopback({ host }: MetricsAddress): boolean {
  return host.startsWith('127.') || host === '::1'
}
