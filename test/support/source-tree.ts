/**
 * The repository's own files and what its modules import, for the tests that hold the tree against its rules.
 * Imports are read from the text: `import`, `export ... from` and `import()` with a literal.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const NOT_OURS = new Set(['node_modules', 'dist', '.git'])

export interface Import {
  readonly from: string
  /** A path from the root of the repository, or the bare name of a module. */
  readonly to: string
  readonly typeOnly: boolean
}

/** Paths from the root of the repository, of all files below `folder` whose name ends so. */
export function filesBelow(folder: string, ending = ''): string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = posix.join(folder, entry.name)
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesBelow(path, ending)
    return entry.isFile() && path.endsWith(ending) ? [path] : []
  })
}

export function contents(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8')
}

/** Matches across lines, but not across statements: neither clause holds a quote or a semicolon. */
const STATEMENT = /^(?:import|export)\s+(type\s)?[^'"=;()]*?\bfrom\s+'([^']+)'/gm
const OTHER = /^import\s+'([^']+)'|\bimport\('([^']+)'\)/gm

export function importsOf(path: string): Import[] {
  const text = contents(path)
  const statements = [...text.matchAll(STATEMENT)].map((match) => ({
    to: match[2]!,
    typeOnly: match[1] !== undefined,
  }))
  const others = [...text.matchAll(OTHER)].map((match) => ({ to: match[1] ?? match[2]!, typeOnly: false }))
  return [...statements, ...others].map(({ to, typeOnly }) => ({
    from: path,
    to: resolve(path, to),
    typeOnly,
  }))
}

function resolve(from: string, to: string): string {
  return to.startsWith('.') ? posix.join(posix.dirname(from), to) : to
}
