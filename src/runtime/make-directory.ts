/**
 * Makes a directory, with those above it that are missing. Node's own way (`recursive`) never returns where the kernel
 * says ENOENT though everything above is there: in /proc, for example (seen with Node 20).
 */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** For its owner only. A directory that is there stays as it is. Throws what the kernel says. */
export function makeDirectory(path: string): void {
  if (isDirectory(path)) return
  if (dirname(path) !== path) makeDirectory(dirname(path))
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    if (!isDirectory(path)) throw error
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false
}
