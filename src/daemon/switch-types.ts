/** The sources of VSI types of a bridge, opened; their schemas are loaded only where there are any. */
import type { DaemonSettings } from '../control/schema/daemon-settings.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { OpenedTypes } from '../vsi-types/open-types.ts'

/** Undefined when the settings themselves say which types there are. Rejects with ControlError when a file is wrong. */
export async function openSwitchTypes(
  types: DaemonSettings['types'],
  around: { readonly clock: Clock; readonly log: Log },
): Promise<OpenedTypes | undefined> {
  if (types === undefined) return undefined
  const { openTypes } = await import('../vsi-types/open-types.ts')
  return openTypes(typeof types === 'string' ? { file: types } : types, around)
}
