/** Which file of VSI types a command is about, and which type of it. */
import { ControlClient } from '../control/client.ts'
import { ControlError } from '../control/control-error.ts'
import { controlPath } from '../control/control-path.ts'
import { parseVsiType, readManagerId } from '../control/vsi-text.ts'
import type { EntryKey } from '../vsi-types/type-document.ts'
import type { ClientOptions } from './output.ts'

export interface TypeOptions extends ClientOptions {
  readonly file?: string
  readonly manager?: string
}

/** `--file`, then `QBG_TYPES`, then what the running bridge says. */
export async function typesFile({ file, control }: TypeOptions): Promise<string> {
  const named = file || process.env.QBG_TYPES
  if (named) return named
  const types = await ofTheBridge(control)
  if (types) return types
  throw new ControlError(
    'bad-usage',
    'which file of VSI types? None is named, and no bridge that has one runs',
    {
      hint: '--file PATH or QBG_TYPES names it; --control or QBG_CONTROL names the bridge',
    },
  )
}

async function ofTheBridge(control: string | undefined): Promise<string | undefined> {
  try {
    const { types } = await new ControlClient(controlPath(control)).status()
    return types?.file?.path
  } catch (error) {
    if (control === undefined && error instanceof ControlError) return undefined
    throw error
  }
}

/** `5:1`, or `5`: the type of every version. Throws ControlError. */
export function entryKey(text: string, manager = '0'): EntryKey {
  const type = parseVsiType(text)
  if (!type.ok) throw new ControlError('bad-usage', type.message)
  const managerId = readManagerId(manager)
  if (!managerId.ok) throw new ControlError('bad-usage', managerId.message)
  const { typeId, typeVersion } = type.value
  return { managerId: managerId.value, typeId, typeVersion: text.includes(':') ? typeVersion : undefined }
}
