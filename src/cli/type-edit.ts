/** `qbg type add` and `qbg type remove`. */
import { DEFAULT_MANAGER_ID, formatManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import { ControlError, EXIT } from '../control/control-error.ts'
import { explainIssue } from '../control/schema/issue-text.ts'
import { type VsiTypeInput, vsiTypeEntry } from '../control/schema/vsi-type.ts'
import { editTypes } from '../vsi-types/edit-types.ts'
import type { EntryKey } from '../vsi-types/type-document.ts'
import { printJson, printLines } from './output.ts'
import { entryKey, type TypeOptions, typesFile } from './types-file.ts'

interface AddOptions extends TypeOptions {
  readonly replace?: boolean
  readonly name?: string
  readonly vlan?: readonly string[]
  readonly mac?: readonly string[]
  readonly group?: readonly string[]
  readonly assign?: string
  readonly maxVsis?: string
  readonly rate?: string
  readonly burst?: string
  readonly validFrom?: string
  readonly validUntil?: string
}

export async function add(id: string, options: AddOptions): Promise<number> {
  const key = entryKey(id, options.manager)
  const type = checked(toEntry(key, options))
  const file = await typesFile(options)
  await editTypes(file, (document) => {
    if (document.has(key) && !options.replace) {
      throw new ControlError('type-exists', `${file} has type ${id} already`, {
        hint: '--replace changes it',
      })
    }
    document.put(key, type)
  })
  if (options.json) printJson({ schema: 'qbg/v1/vsi-type', type })
  else printLines([`type ${id} is in ${file}`])
  return EXIT.ok
}

export async function remove(id: string, options: TypeOptions): Promise<number> {
  const key = entryKey(id, options.manager)
  const file = await typesFile(options)
  await editTypes(file, (document) => {
    if (document.remove(key)) return
    throw new ControlError('unknown-type', `${file} has no type ${id}`, {
      hint: '"qbg type list" shows those it has',
    })
  })
  if (options.json) printJson({ schema: 'qbg/v1/vsi-type', type: keyEntry(key) })
  else printLines([`type ${id} is no longer in ${file}`])
  return EXIT.ok
}

function keyEntry({ managerId, typeId, typeVersion }: EntryKey): VsiTypeInput {
  return {
    id: typeId,
    ...(typeVersion !== undefined && { version: typeVersion }),
    ...(managerId !== DEFAULT_MANAGER_ID && { manager: formatManagerId(managerId) }),
  }
}

function toEntry(key: EntryKey, options: AddOptions): Record<string, unknown> {
  const { name, vlan, mac, group, assign, maxVsis, rate, burst, validFrom, validUntil } = options
  if (burst !== undefined && rate === undefined)
    throw new ControlError('bad-usage', '--burst goes with --rate')
  const given = {
    name,
    vlans: vlan?.map(numberIfOne),
    macs: mac,
    groups: group && Object.fromEntries(group.map(readGroup)),
    assign: assign === undefined ? undefined : readAssignment(assign),
    maxVsis: maxVsis === undefined ? undefined : numberIfOne(maxVsis),
    bandwidth: rate === undefined ? undefined : { rate, ...(burst !== undefined && { burst }) },
    validFrom,
    validUntil,
  }
  return {
    ...keyEntry(key),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

/** As it was written, when the schema takes it. */
function checked(entry: Record<string, unknown>): VsiTypeInput {
  const result = vsiTypeEntry.safeParse(entry, { reportInput: true })
  if (result.success) return entry as VsiTypeInput
  const { path, message } = explainIssue(result.error.issues[0]!)
  throw new ControlError('bad-usage', `${path}: ${message}`, { hint: 'qbg type add --help' })
}

function numberIfOne(text: string): number | string {
  return /^\d+$/.test(text) ? Number(text) : text
}

/** `5000`, `5000=300`, `5000=300@5`. */
function readGroup(text: string): [string, object | null] {
  const [id = '', assignment] = text.split('=')
  return [id, assignment === undefined ? null : readAssignment(assignment)]
}

/** `100`, `100@3`, `any@3`. */
function readAssignment(text: string): object {
  const [vid = '', pcp] = text.split('@')
  return {
    ...(vid !== 'any' && { vid: numberIfOne(vid) }),
    ...(pcp !== undefined && { pcp: numberIfOne(pcp) }),
  }
}
