/** What a fuzzer found once, octet for octet, and what it starts from: `test/fuzz/`. A file here is a bug that was mended. */
import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Target } from '../fuzz/target.ts'

const FOUND = join(import.meta.dirname, 'fuzz')
const TARGETS = [
  'bridge',
  'capture',
  'control',
  'frames',
  'netlink',
  'settings',
  'state',
  'station',
  'texts',
  'tlvs',
] as const

const found = readdirSync(FOUND, { withFileTypes: true, recursive: true })
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => [basename(parentPath), name] as const)
const target = (name: string): Promise<Target> => import(`../fuzz/${name}.ts`)

it('every folder of what was found is of a target', () => {
  expect(found.map(([name]) => name).filter((name) => !TARGETS.includes(name as never))).toEqual([])
})

describe.each(TARGETS)('%s', (name) => {
  it('holds for what the fuzzer starts from', async () => {
    const { fuzz, seeds } = await target(name)
    const octets = [...seeds()]
    expect(octets.length).toBeGreaterThan(0)
    for (const one of [new Uint8Array(), ...octets]) await fuzz(one)
  })

  it.each(found.filter(([of]) => of === name))('%s holds for %s', async (_, file) => {
    const { fuzz } = await target(name)
    await fuzz(Uint8Array.from(readFileSync(join(FOUND, name, file))))
  })
})
