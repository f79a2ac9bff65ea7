/**
 * Tables that an earlier daemon has left, because it was killed. A table is one when it is about a port of ours, which
 * only one daemon can have at a time, or when no daemon runs on any of its ports.
 */
import { type PortMark, parseMark } from './port-mark.ts'
import type { MarkedTable } from './switch-kernel.ts'

export interface LeftOvers {
  readonly tables: readonly string[]
  /** Names of tables whose daemon lives. */
  readonly living: readonly string[]
  /** How ports of ours had been found. */
  readonly marks: ReadonlyMap<string, PortMark>
  /** The same of ports that are nobody's now. */
  readonly orphans: ReadonlyMap<string, PortMark>
}

/** `held`: interfaces a daemon runs on; without it only what is about our ports is known to be left over. */
export function findLeftOvers(
  found: readonly MarkedTable[],
  ours: readonly string[],
  held: ReadonlySet<string> | undefined,
): LeftOvers {
  const isOurs = ({ ports }: MarkedTable) => ours.some((port) => ports.has(port))
  const isNobodys = ({ ports }: MarkedTable) =>
    held !== undefined && [...ports.keys()].every((port) => !held.has(port))
  const left = found.filter((table) => isOurs(table) || isNobodys(table))
  const marks = new Map<string, PortMark>()
  for (const [port, comment] of left.flatMap(({ ports }) => [...ports])) {
    const mark = parseMark(comment)
    if (mark) marks.set(port, mark)
  }
  const known = new Set(ours)
  return {
    tables: left.map(({ name }) => name),
    living: found.filter((table) => !left.includes(table)).map(({ name }) => name),
    marks: new Map([...marks].filter(([port]) => known.has(port))),
    orphans: new Map([...marks].filter(([port]) => !known.has(port) && held?.has(port) !== true)),
  }
}
