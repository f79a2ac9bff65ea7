/** Patterns for names of ports, as a shell has them: `swp*`, `swp?`, `swp[1-4]`. */

/** True when `text` is more than a plain name. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text)
}

/** True when the whole of `name` fits. A pattern that is a plain name fits that name only. */
export function matchesPattern(pattern: string, name: string): boolean {
  return isPattern(pattern) ? expression(pattern).test(name) : pattern === name
}

const compiled = new Map<string, RegExp>()
/** Patterns kept compiled; there are as many as somebody wrote. */
const MAX_COMPILED = 256

function expression(pattern: string): RegExp {
  const known = compiled.get(pattern)
  if (known) return known
  const made = new RegExp(`^${pattern.replace(/\[(!?)([^\][]+)\]|[\s\S]/g, translate)}$`)
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  compiled.set(pattern, made)
  return made
}

const RANGE = /([\s\S])-([\s\S])/
const RANGES = new RegExp(RANGE, 'g')

/** A set of characters becomes one when it is written correctly; `[z-a]` and a lone `[` stand for themselves. */
function translate(part: string, not: string | undefined, set: string | undefined): string {
  if (part === '*') return '[\\s\\S]*'
  if (part === '?') return '[\\s\\S]'
  if (set === undefined || RANGE.test(set.replaceAll(RANGES, ordered))) return literally(part)
  return `[${not === '!' ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`
}

/** Takes a range out that goes upwards, so that one that does not is left. */
function ordered(range: string, from: string, to: string): string {
  return from <= to ? '' : range
}

function literally(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}
