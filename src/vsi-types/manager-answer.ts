/** What a VSI manager answered, read: a type, that there is none, or something else, which is no answer. */
import type { ErrorAnswer } from '../control/schema/envelope.ts'
import { explainIssue } from '../control/schema/issue-text.ts'
import { vsiTypeAnswer } from '../control/schema/vsi-type.ts'
import type { HttpAnswer } from './http-get.ts'
import { describeKey, type TypeKey } from './type-key.ts'
import type { Lookup } from './type-source.ts'
import { toVsiType } from './vsi-type.ts'

/**
 * Throws Error with the reason when it is no answer. A bare 404 is none: any web server says that of any path. "No such
 * type" is 404 with the error `unknown-type`.
 */
export function readManagerAnswer(key: TypeKey, { status, text }: HttpAnswer): Lookup {
  const value = parseJson(text)
  if (status === 404 && (value as ErrorAnswer | undefined)?.error?.code === 'unknown-type') {
    return { outcome: 'unknown' }
  }
  if (status !== 200)
    throw new Error(`it answers HTTP ${status}${status === 404 ? ', and not as a VSI manager' : ''}`)
  const result = vsiTypeAnswer.safeParse(value, { reportInput: true })
  if (!result.success) {
    const { path, message } = explainIssue(result.error.issues[0]!)
    throw new Error(`it answers something that is no VSI type: ${path ? `${path}: ` : ''}${message}`)
  }
  const type = toVsiType(result.data.type, key.managerId)
  const { managerId, typeId, typeVersion } = type
  const asked = managerId === key.managerId && typeId === key.typeId
  if (asked && (typeVersion ?? key.typeVersion) === key.typeVersion) return { outcome: 'found', type }
  throw new Error(`asked for ${describeKey(key)} it answers another type`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
