/** The text of a file of VSI types (YAML or JSON), read. */
import { vsiTypesFile } from '../control/schema/vsi-type.ts'
import { readYaml } from '../control/yaml-text.ts'
import { toVsiType, type VsiType } from './vsi-type.ts'

/** `file` is only its name in messages. Throws ControlError `bad-config`, with lines. */
export function parseTypes(text: string, file: string): VsiType[] {
  return readYaml(vsiTypesFile, text, file).types.map((entry) => toVsiType(entry))
}
