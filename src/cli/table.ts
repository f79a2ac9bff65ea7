/** Columns of text: as wide as they need to be, two spaces apart, no rules. */
import { stripVTControlCharacters } from 'node:util'

/** `right` holds the indices of columns whose cells end together. */
export function layOut(rows: readonly (readonly string[])[], right: readonly number[] = []): string[] {
  const widths: number[] = []
  for (const row of rows) {
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, width(cell))
  }
  return rows.map((row) =>
    row
      .map((cell, index) => pad(cell, widths[index]!, right.includes(index)))
      .join('  ')
      .trimEnd(),
  )
}

function pad(cell: string, to: number, right: boolean): string {
  const space = ' '.repeat(to - width(cell))
  return right ? space + cell : cell + space
}

/** Characters on the terminal: colours take no room. */
function width(cell: string): number {
  return stripVTControlCharacters(cell).length
}
