/** What the two processes of the lab say to each other: the one in the namespaces and the one of the user. */
import type { OperationalCode } from '../runtime/operational-error.ts'

export interface ToInside {
  readonly type: 'leave'
  /** To end with. */
  readonly status: number
}

/** The lab could not be run. Without a code it is a fault of the lab. */
export interface FromInside {
  readonly code?: OperationalCode
  readonly operation?: string
  readonly reason: string
  readonly hint?: string
  readonly stack?: string
}
