/** Patterns for names of ports, as a shell has them: `swp*`, `swp?`, `swp[1-4]`. */

/** True when `text` is more than a plain name. */
export function isPattern(text: string): boolean {
  return /[*?[]/.test(text)
}

/** True when the whole of `name` fits. A pattern that is a plain name fits that name only. */
export function matchesPattern(pattern: string, name: string): boolean {
  return isPattern(pattern) ? fits(compile(pattern), name) : pattern === name
}

const ANY = '*'
/** Any number of characters, or what one has to be. */
type Part = typeof ANY | ((character: string) => boolean)

const compiled = new Map<string, readonly Part[]>()
/** Patterns kept compiled; there are as many as somebody wrote. */
const MAX_COMPILED = 256

function compile(pattern: string): readonly Part[] {
  const known = compiled.get(pattern)
  if (known) return known
  const parts = pattern.matchAll(/\[(!?)([^\][]+)\]|[\s\S]/g)
  const made = [...parts].flatMap(([part, not, set]) => toParts(part, not, set))
  if (compiled.size >= MAX_COMPILED) compiled.clear()
  compiled.set(pattern, made)
  return made
}

/**
 * By hand rather than as one regular expression, which takes forever for a row of stars. Only the last star is ever tried
 * again, so that the work is at most the product of the lengths.
 */
function fits(parts: readonly Part[], name: string): boolean {
  let [part, at, star, from] = [0, 0, -1, 0]
  while (at < name.length) {
    const one = parts[part]
    if (one === ANY) {
      star = part++
      from = at
    } else if (one?.(name[at]!)) {
      part++
      at++
    } else if (star >= 0) {
      part = star + 1
      at = ++from
    } else return false
  }
  return parts.slice(part).every((rest) => rest === ANY)
}

const RANGE = /([\s\S])-([\s\S])/
const RANGES = new RegExp(RANGE, 'g')

/** A set of characters is one when it is written correctly; `[z-a]` and a lone `[` stand for themselves. */
function toParts(part: string, not: string | undefined, set: string | undefined): Part[] {
  if (part === '*') return [ANY]
  if (part === '?') return [() => true]
  if (set === undefined || RANGE.test(set.replaceAll(RANGES, ordered)))
    return part.split('').map((letter) => (character) => character === letter)
  const one = new RegExp(`[${not === '!' ? '^' : ''}${set.replace(/[\\^]/g, '\\$&')}]`)
  return [(character) => one.test(character)]
}

/** Takes a range out that goes upwards, so that one that does not is left. */
function ordered(range: string, from: string, to: string): string {
  return from <= to ? '' : range
}
