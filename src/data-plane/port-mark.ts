/**
 * How a port was found, kept by the kernel beside its rules: whoever comes after a crash knows what to go back to.
 *
 *     hairpin off, index 5
 */
export interface PortMark {
  readonly hairpin: boolean
  /** Of the interface: another one of the same name was not found that way. */
  readonly index: number
}

export function formatMark({ hairpin, index }: PortMark): string {
  return `hairpin ${hairpin ? 'on' : 'off'}, index ${index}`
}

/** Undefined when it says something else. */
export function parseMark(text: string): PortMark | undefined {
  const match = /^hairpin (on|off), index (\d+)$/.exec(text)
  return match ? { hairpin: match[1] === 'on', index: Number(match[2]) } : undefined
}
