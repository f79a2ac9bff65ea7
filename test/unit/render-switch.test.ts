import { expect, test } from 'vitest'
import { renderSwitch } from '../../src/cli/render-switch.ts'
import { PLAIN } from '../../src/cli/style.ts'
import type { SwitchAnswer, SwitchPortJson } from '../../src/control/schema/switch.ts'

const PORT: SwitchPortJson = {
  name: 'swp1',
  bridge: 'br0',
  enforced: true,
  untaggedVid: 1,
  hairpin: { wanted: true, actual: true },
  found: { hairpin: false },
  vsis: 2,
  elements: { wanted: 10, missing: [], surplus: [] },
  refused: { in: 12, out: 3 },
  inOrder: true,
}
const ANSWER: SwitchAnswer = {
  schema: 'qbg/v1/switch',
  dataPlane: 'linux-bridge',
  inOrder: true,
  table: { family: 'bridge', name: 'qbg_7', state: 'in-order' },
  ports: [PORT],
}
const rendered = (answer: Partial<SwitchAnswer>) => renderSwitch({ ...ANSWER, ...answer }, PLAIN)

test('a line for each port, and where the rules are', () => {
  expect(rendered({})).toEqual([
    'rules: nft list table bridge qbg_7: in order',
    'PORT  BRIDGE  PASSES           HAIRPIN  FOUND  VSIS  REFUSED IN  OUT  ACTUAL',
    'swp1  br0     associated VSIs  on       off       2          12    3  as wanted',
  ])
})

test('what differs is named, port by port', () => {
  const elements = { wanted: 10, missing: ['52:54:00:00:00:01 untagged'], surplus: ['groups in VLAN 9'] }
  const port = { ...PORT, elements, hairpin: { wanted: true, actual: false }, inOrder: false }
  const table = { ...ANSWER.table!, state: 'altered' as const }
  expect(rendered({ ports: [port], table, inOrder: false })).toEqual([
    'rules: nft list table bridge qbg_7: altered',
    expect.stringContaining('PORT'),
    expect.stringMatching(/ differs$/),
    '  ! swp1: missing: 52:54:00:00:00:01 untagged',
    '  ! swp1: not ours: groups in VLAN 9',
    '  ! swp1: hairpin is off, wanted: on',
  ])
})

test('a port that is in no bridge, and a data plane that is none, or has no rules', () => {
  const port = { ...PORT, bridge: null, enforced: false, hairpin: null, found: null, refused: null }
  const none = rendered({ dataPlane: 'none', table: null, ports: [port] })
  expect(none[0]).toBe('data plane: none; frames are neither turned round nor stopped')
  expect(none[2]).toBe('swp1  -       everything  -        -         2           -    -  as wanted')
  expect(rendered({ table: null })[0]).toBe('! no rules: the kernel has no nf_tables for bridges')
})
