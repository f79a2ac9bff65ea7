/** The sources of VSI types that a bridge's settings name, opened. */
import { resolve } from 'node:path'
import { DEFAULT_MANAGER_ID, formatManagerId } from '../../protocol/vdp/manager-id-tlv.ts'
import type { TypesJson } from '../control/schema/status.ts'
import type { ManagerSettings, TypesSettings } from '../control/schema/types-settings.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { type HttpGet, httpGet } from './http-get.ts'
import { HttpTypes } from './http-types.ts'
import { TypeDirectory } from './type-directory.ts'
import { TypeFile } from './type-file.ts'
import type { TypeSource } from './type-source.ts'

/** Seconds; see `TypesSettings`. */
export const DEFAULT_TIMEOUT = 2
export const DEFAULT_REFRESH = 60
export const DEFAULT_CACHE = 1000

export interface OpenedTypes {
  readonly source: TypeSource
  toJson(): Pick<TypesJson, 'file' | 'managers'>
  close(): void
}

interface Around {
  readonly clock: Clock
  readonly log: Log
  readonly get?: HttpGet
}

/** Rejects with ControlError when the file is wrong. */
export async function openTypes(
  { file: path, managers: asked = [], defaultManager = DEFAULT_MANAGER_ID }: TypesSettings,
  around: Around,
): Promise<OpenedTypes> {
  const file = path === undefined ? undefined : await TypeFile.open(resolve(path), around.log)
  const managers = new Map(
    asked.map((one) => [one.id, openManager(one, one.id === defaultManager, around)] as const),
  )
  const meant = (id: string) => (id === DEFAULT_MANAGER_ID ? defaultManager : id)
  const unused = () => [...(file?.managers ?? [])].filter((id) => file?.has(id) && managers.has(meant(id)))
  return {
    source: new TypeDirectory({ file, managers, defaultManager }),
    toJson: () => ({
      file: file ? withUnused(file.toJson(), unused()) : null,
      managers: [...managers.values()].map((manager) => manager.toJson()),
    }),
    close: () => {
      file?.close()
      for (const manager of managers.values()) manager.close()
    },
  }
}

function openManager(settings: ManagerSettings, isDefault: boolean, around: Around): HttpTypes {
  const { id, url, timeout = DEFAULT_TIMEOUT, refresh = DEFAULT_REFRESH, cache = DEFAULT_CACHE } = settings
  const { clock, log, get = httpGet } = around
  const times = { timeout: timeout * 1000, refresh: refresh * 1000 }
  return new HttpTypes({ id, url, isDefault, cache, clock, log, get, ...times })
}

/** Types of a manager that is asked over HTTP are not taken from the file. */
function withUnused(file: NonNullable<TypesJson['file']>, ids: readonly string[]) {
  if (ids.length === 0) return file
  const names = ids.map(formatManagerId).join(', ')
  return { ...file, problem: file.problem ?? `types of manager ${names} are not used: it is asked over HTTP` }
}
