/**
 * Which netlink sockets there are and whose: /proc/net/netlink, of this network namespace or of a process's.
 *
 *     sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
 *     00000000a1b2c3d4 0   4242       00000000 0        0        0     2        0        12345
 */
import { readFileSync } from 'node:fs'

const NETLINK_ROUTE = 0
/** libnl makes a port of the process's number, 22 bits, and ten bits above it. */
const PROCESS_BITS = 2 ** 22

export interface NetlinkEndpoint {
  readonly protocol: number
  readonly port: number
  /** Multicast groups, as a set of bits. */
  readonly groups: number
}

/** What of /proc is looked at; a test gives its own. */
export interface ProcessTable {
  /** Text of the table, of this namespace or of that of a process; empty when it cannot be read. */
  netlink(pid?: number): string
  /** Name of a process; undefined when there is none. */
  name(pid: number): string | undefined
}

export const processTable: ProcessTable = {
  netlink: (pid) => read(pid === undefined ? '/proc/net/netlink' : `/proc/${pid}/net/netlink`) ?? '',
  name: (pid) => read(`/proc/${pid}/comm`)?.trim(),
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}

export function parseNetlinkTable(text: string): NetlinkEndpoint[] {
  return text
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, protocol, port, groups] = line.trim().split(/\s+/)
      if (groups === undefined) return []
      return [{ protocol: Number(protocol), port: Number(port), groups: Number.parseInt(groups, 16) }]
    })
}

/** The process that listens on that rtnetlink port; its number may be unknown. Undefined when nobody does. */
export function findOwner(port: number, table: ProcessTable): { pid?: number; name?: string } | undefined {
  if (has(table.netlink(), port)) {
    const name = table.name(port)
    return name === undefined ? {} : { pid: port, name }
  }
  // An agent in another network namespace, with the same /run.
  const name = table.name(port)
  return name !== undefined && has(table.netlink(port), port) ? { pid: port, name } : undefined
}

function has(text: string, port: number): boolean {
  return parseNetlinkTable(text).some((one) => one.protocol === NETLINK_ROUTE && one.port === port)
}

/**
 * Processes whose name is one of `names` and whose own rtnetlink socket libvirt takes for an error: 2^31 and above. The
 * sockets it has for a moment do not count: who has one below is well.
 */
export function findUnusablePorts(
  table: ProcessTable,
  names: readonly string[],
): { readonly pid: number; readonly name: string; readonly port: number }[] {
  const own = parseNetlinkTable(table.netlink()).filter(
    ({ protocol, port, groups }) => protocol === NETLINK_ROUTE && groups === 0 && port >= PROCESS_BITS,
  )
  const lowest = new Map<number, number>()
  for (const { port } of own) {
    const pid = port % PROCESS_BITS
    lowest.set(pid, Math.min(port, lowest.get(pid) ?? port))
  }
  return [...lowest].flatMap(([pid, port]) => {
    const name = port < 2 ** 31 ? undefined : table.name(pid)
    return name !== undefined && names.includes(name) ? [{ pid, name, port }] : []
  })
}
