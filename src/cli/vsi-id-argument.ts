/** The VSI ID of a command, given as its argument or with `--id`. */

import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { ControlError } from '../control/control-error.ts'
import { readVsiId } from '../control/vsi-text.ts'

/** Its canonical text, or undefined when none was given. Throws ControlError. */
export function optionalId(argument: string | undefined, option: string | undefined): string | undefined {
  const [id, other] = [argument, option].map((text) => (text === undefined ? undefined : readId(text)))
  if (id !== undefined && other !== undefined && id !== other) {
    throw new ControlError('bad-usage', `two VSIs are named: ${id}, and ${other} with --id`, {
      hint: 'name one; for several, repeat the command',
    })
  }
  return id ?? other
}

function readId(text: string): string {
  const id = readVsiId(text)
  if (!id.ok) throw new ControlError('bad-usage', id.message)
  return formatVsiId(id.value)
}

export function requiredId(argument: string | undefined, option: string | undefined): string {
  const id = optionalId(argument, option)
  if (id !== undefined) return id
  throw new ControlError('bad-usage', 'which VSI? Its ID is missing', {
    hint: '"qbg vsi list" shows the IDs',
  })
}
