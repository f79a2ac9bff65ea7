/**
 * The text of a file of VSI types (YAML or JSON), read. Text that is JSON and right is not read as YAML: that takes ten
 * times as long, and a daemon does nothing else meanwhile.
 */
import { type VsiTypeEntry, vsiTypesFile } from '../control/schema/vsi-type.ts'
import { readYaml } from '../control/yaml-text.ts'
import { toVsiType, type VsiType } from './vsi-type.ts'

/** `file` is only its name in messages. Throws ControlError `bad-config`, with lines. */
export function parseTypes(text: string, file: string): VsiType[] {
  return parseEntries(text, file).map((entry) => toVsiType(entry))
}

/** As it is written, read. Throws as `parseTypes`. */
export function parseEntries(text: string, file: string): readonly VsiTypeEntry[] {
  return (readJson(text) ?? readYaml(vsiTypesFile, text, file)).types
}

/** Undefined when it is not JSON, or not right: reading it as YAML then names the line. */
function readJson(text: string) {
  if (!text.trimStart().startsWith('{')) return undefined
  try {
    return vsiTypesFile.safeParse(JSON.parse(text)).data
  } catch {
    return undefined
  }
}
