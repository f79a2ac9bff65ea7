/** A folder of one test's own, gone when the test is over. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** To be called by a test while it runs. */
export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'qbg-test-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
