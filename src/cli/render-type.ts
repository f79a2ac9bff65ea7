/** VSI types as text. */
import { formatManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { VsiTypeInput } from '../control/schema/vsi-type.ts'
import type { Assignment, VsiType } from '../vsi-types/vsi-type.ts'
import { toWritten } from '../vsi-types/written.ts'
import type { Style } from './style.ts'
import { layOut } from './table.ts'

export function renderTypes(types: readonly VsiType[], style: Style): string[] {
  if (types.length === 0) return ['no VSI types']
  const rows = types.map((type) => {
    const { vlans, macs, maxVsis, bandwidth } = toWritten(type.entry)
    const { assign, managerId } = type
    const rate = bandwidth ? String(bandwidth.rate) : '-'
    const numbers = [maxVsis === undefined ? '-' : String(maxVsis), rate]
    return [
      nameOf(type),
      formatManagerId(managerId),
      type.name ?? '-',
      some(vlans),
      some(macs),
      assigned(assign),
      ...numbers,
    ]
  })
  const [first = '', ...rest] = layOut([
    ['TYPE', 'MANAGER', 'NAME', 'VLANS', 'MACS', 'ASSIGNS', 'VSIS', 'RATE'],
    ...rows,
  ])
  return [style.dim(first), ...rest]
}

/** `5:1`; `5:*` is of every version. */
function nameOf({ typeId, typeVersion }: VsiType): string {
  return `${typeId}:${typeVersion ?? '*'}`
}

function some(values: readonly (string | number)[] | undefined): string {
  if (values === undefined) return 'any'
  const more = values.length > 3 ? `, +${values.length - 3}` : ''
  return values.slice(0, 3).join(', ') + more
}

function assigned({ vid, pcp }: Assignment): string {
  if (vid === undefined && pcp === undefined) return '-'
  return `${vid ?? 'any'}${pcp === undefined ? '' : `@${pcp}`}`
}

export function renderType(type: VsiType, style: Style): string[] {
  const written: VsiTypeInput = toWritten(type.entry)
  const { vlans, macs, maxVsis, bandwidth, validFrom, validUntil } = written
  const groups = [...(type.groups ?? [])].map(([id, assignment]) => `${id} gets ${assigned(assignment)}`)
  const burst = bandwidth?.burst === undefined ? '' : `, burst ${bandwidth.burst} octets`
  const given: readonly (readonly [string, string | undefined])[] = [
    ['name', type.name],
    ['VLANs', vlans?.join(', ') ?? 'any'],
    ['MACs', macs?.join(', ') ?? 'any'],
    ['groups', type.groups === undefined ? 'any' : groups.join(', ')],
    ['assigns', assigned(type.assign)],
    ['VSIs', maxVsis === undefined ? 'any number' : `at most ${maxVsis}`],
    ['bandwidth', bandwidth && `${bandwidth.rate}${burst}`],
    ['valid from', validFrom],
    ['valid until', validUntil],
  ]
  const rows = given.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]]))
  return layOut([['type', style.bold(nameOf(type))], ['manager', formatManagerId(type.managerId)], ...rows])
}
