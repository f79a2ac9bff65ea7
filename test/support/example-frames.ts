/** Every frame of the captures in pcaps/, to start from. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseCapture } from '../../src/pcap/capture-parser.ts'

const FOLDER = join(import.meta.dirname, '../../pcaps')

export const CAPTURES = readdirSync(FOLDER)
  .filter((name) => /\.pcap(ng)?$/.test(name))
  .map((name) => join(FOLDER, name))

export const EXAMPLE_FRAMES: readonly Uint8Array[] = CAPTURES.flatMap((path) =>
  parseCapture(readFileSync(path)).map(({ octets }) => octets),
)

/** The only, or first, frame of a capture: `exampleFrame('E08')`. */
export function exampleFrame(prefix: string): Uint8Array {
  const path = CAPTURES.find((name) => name.includes(`/${prefix}-`))
  if (path === undefined) throw new Error(`no capture ${prefix}`)
  return parseCapture(readFileSync(path))[0]!.octets
}
