/** What a frame says, in a few words for one line. */
import type { Dissection } from '../../protocol/dissect/dissection.ts'
import * as D from '../../protocol/dissect/draft-fields.ts'
import * as E from '../../protocol/dissect/edge-tlvs.ts'
import type { Field } from '../../protocol/dissect/field.ts'
import { ETH_TYPE, VLAN_VID } from '../../protocol/dissect/frame.ts'
import { CHASSIS_ID_VALUE, PORT_ID_VALUE, TEXTS, TTL_SECONDS } from '../../protocol/dissect/lldp-fields.ts'
import { meaningOf, readBits, readText } from '../../protocol/dissect/value.ts'
import * as V from '../../protocol/dissect/vdp-fields.ts'
import { printable } from '../../protocol/lldp/admin-string.ts'

export interface FrameSummary {
  /** `LLDP`, `ECP`, `ECP 0.2`, or the EtherType. */
  readonly protocol: string
  readonly text: string
}

/** Words for a field, given its value; '' for none. `value` is the number of numeric ones. */
type Words = (text: () => string, value: number, meaning: string | undefined) => string

const on =
  (word: string): Words =>
  (_, value) =>
    value === 1 ? ` ${word}` : ''
const number =
  (word: string): Words =>
  (_, value) =>
    ` ${word} ${value}`
const text: Words = (read) => ` ${printable(read())}`
const meant = (_: unknown, value: number, meaning: string | undefined) => ` ${meaning ?? value}`

const WORDS: ReadonlyMap<Field, Words> = new Map<Field, Words>([
  [VLAN_VID, number('VLAN')],
  [TTL_SECONDS, (_, value) => (value === 0 ? ' shutdown' : ` TTL ${value}`)],
  [CHASSIS_ID_VALUE, text],
  [PORT_ID_VALUE, (read) => ` port ${printable(read())}`],
  [TEXTS[5]!, (read) => ` "${printable(read())}"`],
  [E.EVB, () => '; EVB'],
  [E.EVB_MODE, (_, value) => ['', ' bridge', ' station', ' NVO3'][value]!],
  [E.EVB_RRCAP, on('RRCAP')],
  [E.EVB_RRCTR, on('RRCTR')],
  [E.EVB_RRREQ, on('RRREQ')],
  [E.EVB_RRSTAT, (_, value, meaning) => ` RRSTAT ${meaning ?? value}`],
  [E.EVB_R, number('R')],
  [E.EVB_RTE, number('RTE')],
  [E.EVB_RWD, number('RWD')],
  [E.EVB_RKA, number('RKA')],
  [E.CDCP, () => '; CDCP'],
  [E.CDCP_ROLE, meant],
  [E.CDCP_CHNCAP, (_, value) => ` of ${value}:`],
  [E.CDCP_SCID, (_, value) => ` ${value}`],
  [E.CDCP_SVID, (_, value) => `/${value === 0 ? '?' : value}`],
  [E.DRAFT_EVB, () => '; EVB 0.2'],
  [E.DRAFT_EVB_CONFIGURED, meant],
  [E.DRAFT_EVB_CCAP, (_, _value, meaning) => ` ${meaning ?? ''}`],
  [V.ECP_OP, (_, value) => (value === 0 ? ' request' : value === 1 ? ' ack' : ` operation ${value}`)],
  [V.ECP_SEQUENCE, (_, value) => ` ${value}`],
  ...Object.values(V.ASSOCIATIONS).map((field): [Field, Words] => [field, () => `; ${field.label}`]),
  [V.REQ_ACK, (_, value) => (value === 1 ? ' response' : '')],
  [V.SUSPENDED, on('suspended')],
  [V.MIGRATING, on('migrating')],
  [V.KEEP, on('keep')],
  [V.HARD, on('hard')],
  [V.ERROR, (_, value, meaning) => (value === 0 ? '' : ` error ${value} (${meaning ?? 'reserved'})`)],
  [V.TYPE_ID, number('type')],
  [V.TYPE_VERSION, (_, value) => `:${value}`],
  [V.VSI_ID, text],
  [V.GROUP_ID, (_, value) => ` group:${value}/`],
  [V.MAC, (read) => ` ${read()}/`],
  [V.VID, (_, value) => String(value)],
  [V.CISCO_VM_NAME, (read) => ` "${printable(read())}"`],
  [D.DRAFT_ECP_MODE, (_, value) => (value === 0 ? ' request' : value === 1 ? ' ack' : ` mode ${value}`)],
  [D.DRAFT_ECP_SEQUENCE, (_, value) => ` ${value}`],
  [D.DRAFT_VDP_MODE, (_, value, meaning) => `; ${meaning ?? value}`],
  [
    D.DRAFT_VDP_RESPONSE,
    (_, value, meaning) => (value === 0 ? '' : ` response ${value} (${meaning ?? 'unknown'})`),
  ],
  [D.DRAFT_INSTANCE, text],
  [D.DRAFT_MAC, (read) => ` ${read()}/`],
  [D.DRAFT_VLAN, (_, value) => String(value)],
])

const PROTOCOLS = { lldp: 'LLDP', ecp: 'ECP', 'ecp-draft': 'ECP 0.2' } as const

export function summarize(d: Dissection): FrameSummary {
  let words = ''
  let protocol = d.protocol === 'other' ? '' : PROTOCOLS[d.protocol]
  for (let index = 0; index < d.count; index++) {
    const field = d.fields[index]!
    const [start, end] = [d.starts[index]!, d.ends[index]!]
    if (field === ETH_TYPE && protocol === '') protocol = etherTypeName(readBits(field, d.octets, start, end))
    const say = WORDS.get(field)
    if (say === undefined) continue
    const numeric = field.kind === 'uint' || field.kind === 'flag' || field.kind === 'bits'
    const value = numeric ? readBits(field, d.octets, start, end) : 0
    const word = say(() => readText(field, d.octets, start, end), value, meaningOf(field, value))
    words += joinEntry(d, index, word)
  }
  const faults = d.faults.map(({ code, offset }) => `! ${code} at ${offset}`).join(' ')
  return {
    protocol: protocol || '?',
    text: `${words.replace(/^[;\s]+/, '')}${faults && `  ${faults}`}`.trim(),
  }
}

/** Of `group:1/` and `mac/` in the same entry the second needs no space; a VID that stands alone does. */
function joinEntry(d: Dissection, index: number, word: string): string {
  const field = d.fields[index]
  const before = d.fields[index - 1]
  if (field === V.MAC && before === V.GROUP_ID) return word.trimStart()
  const alone = field === V.VID && d.fields[index - 3] === V.ENTRY
  return alone ? ` ${word}` : word
}

function etherTypeName(value: number): string {
  const name = meaningOf(ETH_TYPE, value)
  if (name !== undefined) return name
  return value < 0x600 ? 'LLC' : `0x${value.toString(16).padStart(4, '0')}`
}
