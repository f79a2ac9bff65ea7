/** Where the parties stand in the ladder. Knows nothing of the page. */
import type { Party } from '../model.ts'

/** More than so many have no room; the others share the last column. */
export const MAX_COLUMNS = 8

export interface Columns {
  /** Parties by column, from left to right; the last may hold several. */
  readonly heads: readonly (readonly number[])[]
  /** Percent of the width, by column. */
  readonly positions: readonly number[]
  readonly columnOf: ReadonlyMap<number, number>
}

export function columnsOf(parties: readonly Party[]): Columns {
  const rank = { station: 0, unknown: 1, bridge: 2 } as const
  const order = [...parties.keys()].sort((a, b) => {
    const [one, other] = [parties[a]!, parties[b]!]
    return one.interface - other.interface || rank[one.role] - rank[other.role]
  })
  const count = Math.min(order.length, MAX_COLUMNS)
  const heads = Array.from({ length: count }, (_, column) =>
    order.filter((_party, place) => Math.min(place, count - 1) === column),
  )
  const positions = heads.map((_, column) => (count === 1 ? 12 : 12 + (76 * column) / (count - 1)))
  const columnOf = new Map(heads.flatMap((head, column) => head.map((party) => [party, column] as const)))
  return { heads, positions, columnOf }
}

/** Of a label between columns that are close together. Percent. */
const MIN_LABEL = 48

/** Where what is said of an arrow has room: above it, and beside it when it is short. */
export function labelOf([start, end]: readonly [number, number]): {
  readonly left: number
  readonly width: number
} {
  const width = Math.max(Math.abs(end - start), MIN_LABEL)
  return { left: Math.min(Math.min(start, end), 100 - width), width }
}

/** From where to where an arrow goes, in percent; to the edge when nobody is seen at the other end. */
export function arrowOf(
  columns: Columns,
  parties: readonly Party[],
  from: number,
): readonly [number, number] {
  const start = columns.positions[columns.columnOf.get(from)!]!
  const { partner } = parties[from]!
  const end = partner === null ? undefined : columns.positions[columns.columnOf.get(partner)!]
  return [start, end === undefined || end === start ? (start < 50 ? 100 : 0) : end]
}
