/** Bodies of requests against their schemas; the first thing that is wrong becomes a ControlError. */
import * as z from 'zod'
import { ControlError } from './control-error.ts'
import { logLevel } from './schema/daemon-settings.ts'
import { type FaultRequest, faultRequest } from './schema/fault.ts'
import { explainIssue } from './schema/issue-text.ts'
import { portAddition, portChange } from './schema/port-list.ts'
import { type VsiRequests, vsiRequests } from './schema/vsi-request.ts'

const logLevelBody = z.strictObject({ level: logLevel })

export function validateRequests(body: unknown): VsiRequests {
  return validate(vsiRequests, body)
}

export function validateLogLevel(body: unknown): z.infer<typeof logLevelBody> {
  return validate(logLevelBody, body)
}

export function validatePortAddition(body: unknown): z.infer<typeof portAddition> {
  return validate(portAddition, body)
}

export function validatePortChange(body: unknown): z.infer<typeof portChange> {
  return validate(portChange, body)
}

export function validateFaults(body: unknown): FaultRequest {
  return validate(faultRequest, body)
}

function validate<S extends z.ZodType>(schema: S, body: unknown): z.infer<S> {
  if (body === undefined)
    throw new ControlError('bad-request', 'the request has no body; it needs a JSON object')
  const result = schema.safeParse(body, { reportInput: true })
  if (result.success) return result.data
  const { path, message, hint } = explainIssue(result.error.issues[0]!)
  throw new ControlError('bad-request', path ? `${path}: ${message}` : message, { hint, path })
}
