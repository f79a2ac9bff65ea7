/** src/README.md is held against the code: tables of codes, defaults, examples. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { FAULT_CODES } from '../../protocol/wire/decoded.ts'
import { CONTROL_CODES, EXIT, httpStatusOf, isControlCode } from '../../src/control/control-error.ts'
import { LOG_LEVELS } from '../../src/control/schema/daemon-settings.ts'
import type { TypesSettings } from '../../src/control/schema/types-settings.ts'
import { vsiRequests } from '../../src/control/schema/vsi-request.ts'
import { vsiTypeEntry } from '../../src/control/schema/vsi-type.ts'
import { parseConfig } from '../../src/daemon/config-file.ts'
import { DEFAULT_HISTORY } from '../../src/daemon/history.ts'
import { DEFAULT_TRAFFIC } from '../../src/data-plane/data-plane.ts'
import { RESPONSES } from '../../src/libvirt/response.ts'
import { OPERATIONAL_CODES } from '../../src/runtime/operational-error.ts'
import { DEFAULT_CACHE, DEFAULT_REFRESH, DEFAULT_TIMEOUT } from '../../src/vsi-types/open-types.ts'
import { parseTypes } from '../../src/vsi-types/type-text.ts'

const text = readFileSync(new URL('../../src/README.md', import.meta.url), 'utf8')

/** Cells of the rows of the table that follows `lead`. */
function table(lead: string): string[][] {
  const start = text.indexOf(lead)
  expect(start).toBeGreaterThan(0)
  const rows = text
    .slice(start)
    .split('\n')
    .slice(lead.startsWith('|') ? 0 : 1)
  const first = rows.findIndex((row) => row.startsWith('|'))
  const last = rows.findIndex((row, index) => index > first && !row.startsWith('|'))
  return rows.slice(first + 2, last).map((row) =>
    row
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')),
  )
}

describe('tables of codes', () => {
  test('of the control protocol, with HTTP status and exit status', () => {
    const rows = table('Of the control protocol and the command')
    expect(rows.map(([code]) => code)).toEqual(Object.keys(CONTROL_CODES))
    for (const [code = '', http, exit, means] of rows) {
      if (!isControlCode(code)) throw new Error(code)
      expect({ exit, means }).toEqual({
        exit: String(CONTROL_CODES[code].exit),
        means: CONTROL_CODES[code].means,
      })
      if (http) expect(http).toBe(String(httpStatusOf(code)))
    }
  })

  test('of the machine', () => {
    expect(table('Of the machine qbg runs on').map(([code]) => code)).toEqual([...OPERATIONAL_CODES])
  })

  test('of received frames', () => {
    expect(table('Of received frames').map(([code]) => code)).toEqual([...FAULT_CODES])
  })

  test('of numbers that libvirt shows, each reason once', () => {
    const rows = table('| number | reason |')
    const told = rows.flatMap(([number, reasons = '']) =>
      reasons.split(', ').map((reason) => [reason.replaceAll('`', ''), Number(number)]),
    )
    expect(Object.fromEntries(told)).toEqual(RESPONSES)
    expect(told).toHaveLength(Object.keys(RESPONSES).length)
  })

  test('of exit statuses', () => {
    expect(table('## Exit status').map(([status]) => Number(status))).toEqual(Object.values(EXIT))
  })
})

describe('examples', () => {
  const yaml = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? ''

  test('the configuration shown is valid and shows the defaults', () => {
    const shown = parseConfig(yaml, 'README.md')
    const { local, ...evb } = DEFAULT_PORT_CONFIG.evb
    const { interfaceIndex: _, ...lldp } = DEFAULT_PORT_CONFIG.lldp
    expect(shown.evb).toEqual({ ...evb, ...local })
    expect(shown.lldp).toEqual(lldp)
    expect(shown.vdp).toEqual(DEFAULT_PORT_CONFIG.vdp)
    expect(shown.traffic).toEqual(DEFAULT_TRAFFIC)
    expect(shown.history).toBe(DEFAULT_HISTORY)
  })

  test('what is commented out in it is valid as well', () => {
    const lines = yaml.split('\n').filter((line) => !/^policy: accept-all|# portDescription/.test(line))
    const shown = parseConfig(lines.map((line) => line.replace(/^( *)# /, '$1')).join('\n'), 'README.md')
    expect(shown.policy).toEqual({ types: [{ typeId: 5 }, { typeId: 7, typeVersion: 2 }], assignVid: 1 })
    expect(shown.record).toBeDefined()
    expect(shown.ports).toEqual({
      eth1: { role: 'station', evb: { rte: 10 } },
      'swp*': { role: 'bridge', enabled: true },
    })
  })

  test('the VSI types shown are valid, and where they come from', () => {
    const section = text.slice(text.indexOf('\n## VSI types\n'))
    const [from = '', types = ''] = [...section.matchAll(/```yaml\n([\s\S]*?)```/g)].map((block) => block[1]!)
    const shown = parseConfig(from, 'README.md').types
    const { timeout, refresh, cache } = (shown as TypesSettings).managers![0]!
    expect([timeout, refresh, cache]).toEqual([DEFAULT_TIMEOUT, DEFAULT_REFRESH, DEFAULT_CACHE])
    const [type] = parseTypes(types, 'README.md')
    expect(Object.keys(type!.entry).sort()).toEqual(Object.keys(vsiTypeEntry.shape).sort())
  })

  test('the request shown is valid', () => {
    const json = /-d '(\{[\s\S]*?\})'\n/.exec(text)?.[1] ?? ''
    expect(vsiRequests.parse(JSON.parse(json)).requests).toHaveLength(2)
  })

  test('the levels shown are those there are', () => {
    for (const level of LOG_LEVELS) expect(yaml).toContain(level)
  })
})
