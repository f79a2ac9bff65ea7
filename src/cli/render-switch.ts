/** `qbg switch show` as text: a line for each port, then what differs. */
import type { SwitchAnswer, SwitchPortJson } from '../control/schema/switch.ts'
import type { Style } from './style.ts'
import { layOut } from './table.ts'

const HEAD = ['PORT', 'BRIDGE', 'PASSES', 'HAIRPIN', 'FOUND', 'VSIS', 'REFUSED IN', 'OUT', 'ACTUAL']
const NUMBERS = [5, 6, 7]

export function renderSwitch(answer: SwitchAnswer, style: Style): string[] {
  const { ports } = answer
  const [head = '', ...rows] = layOut([HEAD, ...ports.map((port) => portRow(port, style))], NUMBERS)
  return [
    renderRules(answer, style),
    style.dim(head),
    ...rows,
    ...ports.flatMap((port) => differences(port, style)),
  ]
}

function renderRules({ dataPlane, table }: SwitchAnswer, style: Style): string {
  if (dataPlane === 'none') return 'data plane: none; frames are neither turned round nor stopped'
  if (table === null) return `${style.yellow('!')} no rules: the kernel has no nf_tables for bridges`
  const state = table.state === 'in-order' ? style.green('in order') : style.red(table.state)
  return `rules: nft list table ${table.family} ${table.name}: ${state}`
}

function portRow(port: SwitchPortJson, style: Style): string[] {
  const { name, bridge, enforced, hairpin, found, vsis, refused, inOrder } = port
  return [
    name,
    bridge ?? '-',
    enforced ? 'associated VSIs' : 'everything',
    hairpin === null ? '-' : onOff(hairpin.actual),
    found === null ? '-' : onOff(found.hairpin),
    String(vsis),
    refused === null ? '-' : String(refused.in),
    refused === null ? '-' : String(refused.out),
    inOrder ? style.green('as wanted') : style.red('differs'),
  ]
}

function differences({ name, hairpin, elements }: SwitchPortJson, style: Style): string[] {
  const lines = [
    ...elements.missing.map((what) => `missing: ${what}`),
    ...elements.surplus.map((what) => `not ours: ${what}`),
    ...(hairpin && hairpin.wanted !== hairpin.actual
      ? [`hairpin is ${onOff(hairpin.actual)}, wanted: ${onOff(hairpin.wanted)}`]
      : []),
  ]
  return lines.map((line) => `  ${style.yellow('!')} ${name}: ${line}`)
}

const onOff = (value: boolean) => (value ? 'on' : 'off')
