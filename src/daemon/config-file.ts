/** Reads the configuration file: YAML against `control/schema/daemon-settings.ts`. */
import { readFileSync } from 'node:fs'
import { ControlError } from '../control/control-error.ts'
import { type DaemonSettings, daemonSettings } from '../control/schema/daemon-settings.ts'
import { readYaml } from '../control/yaml-text.ts'

/** Throws ControlError `bad-config`. */
export function readConfigFile(file: string): DaemonSettings {
  try {
    return parseConfig(readFileSync(file, 'utf8'), file)
  } catch (cause) {
    if (cause instanceof ControlError) throw cause
    const { code, message } = cause as NodeJS.ErrnoException
    const reason = code === 'ENOENT' ? 'there is no such file' : message
    throw new ControlError('bad-config', `${file}: ${reason}`, { cause })
  }
}

/** The settings in `text`. `file` is only its name in messages. */
export function parseConfig(text: string, file: string): DaemonSettings {
  return readYaml(daemonSettings, text, file)
}
