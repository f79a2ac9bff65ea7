/** Reads the configuration file: YAML against `control/schema/daemon-settings.ts`. */
import type { Role } from '../../protocol/engine/view.ts'
import { ControlError } from '../control/control-error.ts'
import { type DaemonSettings, daemonSettings } from '../control/schema/daemon-settings.ts'
import { readYaml } from '../control/yaml-text.ts'
import { explainUnread, readWholeSync } from '../runtime/whole-file.ts'

/** Throws ControlError `bad-config`. */
export function readConfigFile(file: string, role?: Role): DaemonSettings {
  try {
    return parseConfig(readWholeSync(file), file, role)
  } catch (cause) {
    if (cause instanceof ControlError) throw cause
    const { reason, hint } = explainUnread(cause)
    throw new ControlError('bad-config', `${file}: ${reason}`, { hint, cause })
  }
}

/**
 * The settings in `text`, for a daemon of that role. `file` is only its name in messages. What only the other role
 * knows is a mistake, unless the file has ports of that role too and serves both.
 */
export function parseConfig(text: string, file: string, role?: Role): DaemonSettings {
  return readYaml(role === undefined ? daemonSettings : settingsOf(role), text, file)
}

const ONLY: Readonly<Record<Role, readonly (keyof DaemonSettings)[]>> = {
  station: ['state', 'libvirt', 'drain', 'allowLldpad'],
  bridge: ['policy', 'types', 'dataPlane', 'traffic', 'resources'],
}

function settingsOf(role: Role) {
  const other = role === 'station' ? 'bridge' : 'station'
  return daemonSettings.superRefine((settings, context) => {
    if (Object.values(settings.ports ?? {}).some((port) => port?.role === other)) return
    for (const key of ONLY[other]) {
      if (settings[key] === undefined) continue
      const message = `is for a ${other}, and this is a ${role}; a file for both has ports of both roles`
      context.addIssue({ code: 'custom', path: [key], message })
    }
  })
}
