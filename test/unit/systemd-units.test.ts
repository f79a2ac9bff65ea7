/** The unit files are held against the command line and the configuration they call; systemd reads them where it is. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createProgram } from '../../src/cli/program.ts'
import { ROOT_CONTROL_PATH } from '../../src/control/control-path.ts'
import { ROOT_STATE_PATH } from '../../src/state/state-path.ts'
import { requires } from '../support/requirements.ts'

const UNITS = ['qbg-station.service', 'qbg-bridge@.service']
const textOf = (unit: string) => readFileSync(new URL(`../../src/systemd/${unit}`, import.meta.url), 'utf8')
const settingOf = (unit: string, key: string) =>
  new RegExp(`^${key}=(.*)$`, 'm').exec(textOf(unit))?.[1] ?? ''

describe.each(UNITS)('%s', (unit) => {
  test('starts a daemon with options there are', () => {
    const [program, role, ...words] = settingOf(unit, 'ExecStart').split(' ')
    expect(program).toBe('/usr/local/bin/qbg')
    const command = createProgram(() => {}).commands.find((one) => one.name() === role)
    const known = command?.options.map(({ long }) => long)
    const options = words.filter((word) => word.startsWith('--'))
    expect(options.length).toBeGreaterThan(0)
    expect(options.filter((option) => !known?.includes(option))).toEqual([])
  })

  test('gives two capabilities and no more, to a user who is not root', () => {
    for (const key of ['CapabilityBoundingSet', 'AmbientCapabilities']) {
      expect(settingOf(unit, key)).toBe('CAP_NET_RAW CAP_NET_ADMIN')
    }
    expect(settingOf(unit, 'DynamicUser')).toBe('yes')
    expect(settingOf(unit, 'NoNewPrivileges')).toBe('yes')
  })

  requires('systemd')('is what systemd understands', () => {
    const directory = mkdtempSync(join(tmpdir(), 'qbg-units-'))
    const path = join(directory, unit)
    try {
      writeFileSync(path, textOf(unit).replace('/usr/local/bin/qbg', process.execPath))
      const { status, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', path], {
        encoding: 'utf8',
      })
      expect({ status, mine: stderr.split('\n').filter((line) => line.includes('qbg')) }).toEqual({
        status: 0,
        mine: [],
      })
    } finally {
      rmSync(directory, { recursive: true })
    }
  })
})

test('the station’s paths are those that commands of root find by themselves', () => {
  const words = settingOf('qbg-station.service', 'ExecStart').split(' ')
  expect(words[words.indexOf('--control') + 1]).toBe(ROOT_CONTROL_PATH)
  expect(words[words.indexOf('--state') + 1]).toBe(ROOT_STATE_PATH)
})
