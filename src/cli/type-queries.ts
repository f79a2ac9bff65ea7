/** `qbg type list`, `show` and `check`. */
import { ControlError, EXIT } from '../control/control-error.ts'
import { readText } from '../vsi-types/type-file.ts'
import { lookUpIn, toTypes } from '../vsi-types/type-lookup.ts'
import { parseTypes } from '../vsi-types/type-text.ts'
import type { VsiType } from '../vsi-types/vsi-type.ts'
import { toWritten } from '../vsi-types/written.ts'
import { printJson, printLines } from './output.ts'
import { renderType, renderTypes } from './render-type.ts'
import { styleOf } from './style.ts'
import { entryKey, type TypeOptions, typesFile } from './types-file.ts'

async function read(options: TypeOptions): Promise<{ file: string; types: VsiType[] }> {
  const file = await typesFile(options)
  return { file, types: parseTypes(await readText(file), file) }
}

export async function list(options: TypeOptions): Promise<number> {
  const { types } = await read(options)
  if (options.json)
    printJson({ schema: 'qbg/v1/vsi-type-list', types: types.map(({ entry }) => toWritten(entry)) })
  else printLines(renderTypes(types, styleOf(process.stdout)))
  return EXIT.ok
}

/** With a version: the type that a request for it gets, which may be that of every version. */
export async function show(id: string, options: TypeOptions): Promise<number> {
  const key = entryKey(id, options.manager)
  const { file, types } = await read(options)
  const type = lookUpIn(toTypes(types), key)
  if (type === undefined) {
    throw new ControlError('unknown-type', `${file} has no type ${id}`, {
      hint: '"qbg type list" shows those it has',
    })
  }
  if (options.json) printJson({ schema: 'qbg/v1/vsi-type', type: toWritten(type.entry) })
  else printLines(renderType(type, styleOf(process.stdout)))
  return EXIT.ok
}

export async function check(argument: string | undefined, options: TypeOptions): Promise<number> {
  const named = argument ?? options.file
  const { file, types } = await read({ ...options, ...(named !== undefined && { file: named }) })
  if (options.json)
    printJson({ schema: 'qbg/v1/vsi-type-list', types: types.map(({ entry }) => toWritten(entry)) })
  else printLines([`${file}: ${types.length} VSI type${types.length === 1 ? '' : 's'}`])
  return EXIT.ok
}
