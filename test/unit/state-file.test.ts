import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { Persistence } from '../../src/daemon/persistence.ts'
import { replaceFile, systemDisk } from '../../src/state/atomic-file.ts'
import { loadState } from '../../src/state/state-file.ts'
import { lockState } from '../../src/state/state-lock.ts'
import { defaultStatePath, isForeign, isStatePath } from '../../src/state/state-path.ts'
import { formatState, parseState } from '../../src/state/state-text.ts'
import { encodeStoredVsi, type StoredVsi } from '../../src/state/stored-vsi.ts'
import { command } from '../support/vdp.ts'

const VSI: StoredVsi = {
  port: 'eth0',
  owner: 'libvirt',
  since: Date.parse('2026-02-03T04:05:06.789Z'),
  command: command(1),
  details: { libvirt: { eventPort: 1732000000 } },
}

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  path = join(directory, 'station.json')
})
afterEach(() => rmSync(directory, { recursive: true }))

const textOf = (boot: string, ...lines: string[]) => [...formatState(boot, lines)].join('')
/** How a state file begins. */
const HEAD = textOf('b').split(',')[0]
const others = () => readdirSync(directory).filter((name) => name !== 'station.json')

test('a journal that is no file is not opened: a pipe would keep the daemon from starting', () => {
  writeFileSync(path, textOf('b', encodeStoredVsi(VSI)))
  symlinkSync('/dev/null', `${path}.journal`)
  expect(() => loadState(path)).toThrow(`${path}.journal is not a file`)
})

describe('the file', () => {
  test('is JSON that a person can read: what it is, its version, and one VSI a line', () => {
    const text = textOf('boot-1', encodeStoredVsi(VSI), encodeStoredVsi({ ...VSI, port: 'eth1' }))
    expect(JSON.parse(text)).toMatchObject({ version: 1, boot: 'boot-1' })
    const lines = text.split('\n').filter((line) => line.includes('"port"'))
    expect(lines).toHaveLength(2)
    expect(JSON.parse(lines[0]!.replace(/,$/, ''))).toMatchObject({
      port: 'eth0',
      owner: 'libvirt',
      since: '2026-02-03T04:05:06.789Z',
      mode: 'associate',
      details: { libvirt: { eventPort: 1732000000 } },
    })
  })

  test.each([0, 1, 999, 1000, 1001, 2500])('of %i VSIs reads as it was written', (count) => {
    const lines = Array.from({ length: count }, (_, index) => JSON.stringify({ index }))
    expect(parseState(textOf('b', ...lines))).toEqual({
      ok: true,
      state: { boot: 'b', vsis: lines.map((line) => JSON.parse(line)) },
    })
  })

  test('is written and loaded', async () => {
    await replaceFile(systemDisk, path, formatState('b', [encodeStoredVsi(VSI)]))
    expect(loadState(path)).toEqual({ boot: 'b', vsis: [VSI], journaled: false, warnings: [] })
    expect(others()).toEqual([])
  })
})

describe('a file that cannot be used', () => {
  test.each([
    ['none at all', undefined],
    ['an empty one', '\n'],
  ])('%s is no mistake', (_, text) => {
    if (text !== undefined) writeFileSync(path, text)
    expect(isForeign(path)).toBe(false)
    expect(loadState(path)).toEqual({ boot: '', vsis: [], journaled: false, warnings: [] })
    expect(others()).toEqual([])
  })

  test.each([
    ['a configuration', 'control: /run/qbg/qbg.sock\n'],
    ['JSON of somebody else', '{"version": 1, "vsis": []}'],
    ['null', 'null'],
  ])('that qbg did not write (%s) is left as it is, and no daemon starts on it', (_, text) => {
    writeFileSync(path, text)
    expect(isForeign(path)).toBe(true)
    expect(() => loadState(path)).toThrow('was not written by qbg')
    const log = pino({ level: 'silent' })
    const persistence = new Persistence({ path, ports: { list: [], follow: () => () => {} }, log })
    expect(() => persistence.lock()).toThrow(expect.objectContaining({ code: 'state-foreign' }))
    expect(readFileSync(path, 'utf8')).toBe(text)
    expect(readdirSync(directory)).toEqual(['station.json'])
  })

  test.each([
    ['zeros, as a loss of power leaves them', '\0\0\0\0', 'unusable', 'it is not JSON'],
    ['not JSON', `${HEAD}, "version": 1, "vsis": [`, 'unusable', 'it is not JSON'],
    ['of a newer qbg', `${HEAD}, "version": 2, "vsis": {}}`, 'newer', 'it is of version 2, this qbg knows 1'],
    ['without a version', `${HEAD}, "vsis": []}`, 'unusable', 'it has no version'],
    ['without a list', `${HEAD}, "version": 1}`, 'unusable', 'it has no list of VSIs'],
  ])('%s: it is put under another name as it was, and said why', (_, text, kind, reason) => {
    writeFileSync(path, text)
    const { vsis, warnings } = loadState(path)
    expect(vsis).toEqual([])
    const [aside] = others()
    expect(aside).toMatch(new RegExp(`^station\\.json\\.${kind}-`))
    expect(readFileSync(join(directory, aside!), 'utf8')).toBe(text)
    expect(warnings).toEqual([expect.stringContaining(reason)])
    expect(warnings[0]).toContain(aside)
    expect(readdirSync(directory)).toEqual([aside])
  })

  test('a directory is never moved, whatever is in it: that the path is wrong is said', () => {
    mkdirSync(path)
    writeFileSync(join(path, 'of somebody else'), '')
    expect(isStatePath(path)).toBe(false)
    expect(() => loadState(path)).toThrow(`${path} is not a file`)
    expect(readdirSync(path)).toEqual(['of somebody else'])
    expect(others()).toEqual([])
  })

  test('a path is a file’s when one is there or may be made there', () => {
    expect(isStatePath(path)).toBe(true)
    writeFileSync(path, '')
    expect(isStatePath(path)).toBe(true)
    expect(isStatePath(`${directory}/`)).toBe(false)
    expect(isStatePath('/dev/null')).toBe(false)
  })

  test.each([
    ['a VID that is none', { filter: ['52:54:00:11:22:33/4095'] }, 'filter'],
    ['an unknown owner', { owner: 'nobody' }, 'owner'],
    ['no ID', { id: undefined }, 'id'],
    ['a time that is none', { since: 'yesterday' }, 'since'],
  ])('one VSI with %s costs only that one, and the file is copied before', (_, wrong, named) => {
    const good = encodeStoredVsi(VSI)
    const text = textOf('b', good, JSON.stringify({ ...JSON.parse(good), ...wrong }))
    writeFileSync(path, text)
    const { vsis, warnings } = loadState(path)
    expect(vsis).toEqual([VSI])
    expect(warnings[0]).toMatch(new RegExp(`^1 of 2 VSIs .*\\(the VSI number 2: ${named}`))
    expect(readFileSync(join(directory, others()[0]!), 'utf8')).toBe(text)
  })

  test('keys that a later qbg of the same version adds are passed over', () => {
    const line = JSON.stringify({ ...JSON.parse(encodeStoredVsi(VSI)), color: 'green' })
    writeFileSync(path, textOf('b', line))
    expect(loadState(path)).toEqual({ boot: 'b', vsis: [VSI], journaled: false, warnings: [] })
  })
})

describe('its place', () => {
  test('is /var/lib/qbg for root, and in the home of anybody else', () => {
    const mayWrite = () => true
    expect(defaultStatePath({ uid: 0, env: { HOME: '/r' }, mayWrite })).toBe('/var/lib/qbg/station.json')
    expect(defaultStatePath({ uid: 7, env: { HOME: '/h' } })).toBe('/h/.local/state/qbg/station.json')
    expect(defaultStatePath({ uid: 7, env: { HOME: '/h', XDG_STATE_HOME: '/s' } })).toBe(
      '/s/qbg/station.json',
    )
    expect(defaultStatePath({ uid: 7, env: {} })).toBeUndefined()
  })

  test('is in the home of who is root of a user namespace only, and may not write in /var', () => {
    const asked: string[] = []
    const mayWrite = (directory: string) => {
      asked.push(directory)
      return false
    }
    expect(defaultStatePath({ uid: 0, env: { HOME: '/h' }, mayWrite })).toBe(
      '/h/.local/state/qbg/station.json',
    )
    expect(defaultStatePath({ uid: 0, env: {}, mayWrite })).toBeUndefined()
    expect(asked).toEqual(['/var/lib/qbg', '/var/lib/qbg'])
  })

  test('belongs to one at a time', () => {
    const unlock = lockState(path)
    expect(unlock).not.toBeNull()
    expect(lockState(path)).toBeNull()
    unlock?.()
    const again = lockState(path)
    expect(again).not.toBeNull()
    again?.()
  })
})
