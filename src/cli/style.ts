/** Colour, on a terminal only; NO_COLOR (no-color.org) turns it off, FORCE_COLOR on. */

type Paint = (text: string) => string
export type Style = Readonly<Record<'bold' | 'dim' | 'red' | 'green' | 'yellow', Paint>>

const CODES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39] } as const

export const PLAIN: Style = { bold: same, dim: same, red: same, green: same, yellow: same }

const COLOURED = Object.fromEntries(
  Object.entries(CODES).map(([name, [on, off]]) => [
    name,
    (text: string) => `\u001b[${on}m${text}\u001b[${off}m`,
  ]),
) as Style

export function styleOf(stream: { readonly isTTY?: boolean }, env: NodeJS.ProcessEnv = process.env): Style {
  if (env.NO_COLOR) return PLAIN
  if (env.FORCE_COLOR) return COLOURED
  return stream.isTTY === true && env.TERM !== 'dumb' ? COLOURED : PLAIN
}

function same(text: string): string {
  return text
}
