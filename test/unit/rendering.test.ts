import { describe, expect, test } from 'vitest'
import { zeroCounters } from '../../protocol/engine/counters.ts'
import { DEFAULT_PORT_CONFIG } from '../../protocol/engine/port-config.ts'
import { createPort, describePort } from '../../protocol/engine/step.ts'
import type { PortView } from '../../protocol/engine/view.ts'
import { formatDuration } from '../../src/cli/duration.ts'
import { renderPort } from '../../src/cli/render-status.ts'
import { renderNo } from '../../src/cli/render-vsi.ts'
import { PLAIN, styleOf } from '../../src/cli/style.ts'
import { layOut } from '../../src/cli/table.ts'
import { toPortJson } from '../../src/control/port-json.ts'
import { findProblems } from '../../src/control/problems.ts'

const AROUND = { interface: 'up', master: null, relayApplied: null, problems: [] } as const

describe('text for people', () => {
  test.each([
    [0.01, '0.01 ms'],
    [163.84, '163.84 ms'],
    [10485.76, '10.49 s'],
    [60_000, '1 min'],
    [5_400_000, '1.5 h'],
    [24.9 * 86_400_000, '24.9 d'],
  ])('%f ms is %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })

  test('columns line up, colours or not', () => {
    const red = styleOf({}, { FORCE_COLOR: '1' }).red
    expect(
      layOut([
        ['a', red('bb'), 'c'],
        ['aaa', 'b', 'c'],
      ]),
    ).toEqual([`a    ${red('bb')}  c`, 'aaa  b   c'])
    expect(
      layOut(
        [
          ['x', '1'],
          ['y', '10'],
        ],
        [1],
      ),
    ).toEqual(['x   1', 'y  10'])
  })

  test.each([
    [{ isTTY: true }, {}, true],
    [{ isTTY: false }, {}, false],
    [{ isTTY: true }, { NO_COLOR: '1' }, false],
    [{ isTTY: true }, { TERM: 'dumb' }, false],
    [{ isTTY: false }, { FORCE_COLOR: '1' }, true],
    [{ isTTY: false }, { FORCE_COLOR: '1', NO_COLOR: '1' }, false],
  ])('colour on %j with %j: %s', (stream, env, coloured) => {
    expect(styleOf(stream, env) !== PLAIN).toBe(coloured)
  })

  test('a port without a neighbour says so, and what can be done', () => {
    const state = createPort('station', DEFAULT_PORT_CONFIG)
    const json = toPortJson({
      name: 'eth0',
      number: 1,
      enabled: true,
      view: { ...describePort(state), link: { up: true, mac: null } },
      config: DEFAULT_PORT_CONFIG,
      resources: null,
      counters: { ...zeroCounters(), EcpTxFrameCount: 7 },
      faults: {
        total: 2,
        byCode: {},
        last: { time: '2026-01-01T00:00:00.000Z', code: 'evb-length', offset: 40, clause: 'X' },
      },
      frames: { sent: 1, received: 2, sendErrors: 0, dropped: 0, lost: 3 },
      surroundings: AROUND,
      injected: [{ name: 'drop-1', text: 'drops all', matched: 3, applied: 1, spent: true }],
    })
    const lines = renderPort(json, '2026-01-01T00:00:05.000Z', PLAIN)
    expect(lines[0]).toBe('eth0  station  link up')
    expect(lines).toContain('  neighbour  none with EVB')
    expect(lines).toContain('  on purpose  drop-1: drops all (done to 1 of 3, spent)')
    expect(lines).toContain('  faults     2, last: evb-length at octet 40 (X), 5 s ago')
    expect(lines).toContain('  frames     3 lost on receipt')
    expect(lines).toContain('  RTE     14       -         14  local  163.84 ms')
    expect(lines.join('\n')).toMatch(/EcpTxFrameCount +7/)
    expect(lines.join('\n')).toMatch(
      /! no LLDP neighbour is heard at .*\n {4}hint: check that the switch sends/,
    )
  })

  test('an answer that has not come says that the request stays', () => {
    const answer = {
      port: 'eth0',
      id: 'x',
      mode: 'associate',
      ok: false,
      state: 'none',
      filter: [],
      reason: null,
    } as const
    expect(renderNo({ ...answer, filter: [], outcome: 'progress' }, PLAIN)).toEqual([
      'qbg: eth0: VSI x still waits for the answer of the switch',
      'hint: the request stays in force: qbg vsi show x',
    ])
  })
})

describe('problems of a port', () => {
  const view = (change: Partial<PortView>): PortView => ({
    ...describePort(createPort('bridge', DEFAULT_PORT_CONFIG)),
    link: { up: true, mac: null },
    ...change,
  })
  const codes = (port: PortView, around: object = {}) =>
    findProblems(port, { ...AROUND, ...around }).map(({ code }) => code)
  const wanted = { requested: true, capable: true, active: false }

  test.each<[string, PortView, object, string[]]>([
    ['a link that is down is the only one', view({ link: { up: false, mac: null } }), {}, ['link-down']],
    ['nobody is heard', view({}), {}, ['no-neighbor']],
    [
      'relay is asked for without a bridge',
      view({ relay: wanted }),
      {},
      ['no-neighbor', 'relay-without-bridge'],
    ],
    [
      'hairpin is not on',
      view({ relay: wanted }),
      { master: 'br0', relayApplied: false },
      ['no-neighbor', 'relay-not-applied'],
    ],
    [
      'hairpin is on',
      view({ relay: { ...wanted, active: true } }),
      { master: 'br0', relayApplied: true },
      ['no-neighbor'],
    ],
    ['too many neighbours', view({ tooManyNeighbors: true }), {}, ['too-many-neighbors', 'no-neighbor']],
  ])('%s', (_, port, around, expected) => {
    expect(codes(port, around)).toEqual(expected)
  })

  test('a neighbour of the same role explains the silence', () => {
    const { evb } = view({})
    expect(codes(view({ evb: { ...evb, problems: ['same-role-neighbor'] } }))).toEqual(['same-role-neighbor'])
    expect(codes(view({ evb: { ...evb, problems: ['second-evb-neighbor'] } }))).toEqual([
      'second-evb-neighbor',
    ])
  })
})
