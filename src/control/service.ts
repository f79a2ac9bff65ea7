/** What the control server asks of a daemon. The daemon's agent is one; a test may be another. */
import type { EventAnswer } from './schema/event.ts'
import type { FaultClearAnswer, FaultListAnswer, FaultRule } from './schema/fault.ts'
import type { PortListAnswer } from './schema/port-list.ts'
import type { StatusAnswer } from './schema/status.ts'
import type { SwitchAnswer } from './schema/switch.ts'
import type { RequestAnswer, VsiJson } from './schema/vsi.ts'
import type { VsiRequests } from './schema/vsi-request.ts'

/** Which of the events that are kept. `port` and `vsi` keep theirs, `after` those numbered higher, `last` so many. */
export interface EventQuery {
  readonly port?: string | undefined
  readonly types?: readonly string[] | undefined
  readonly vsi?: string | undefined
  readonly after?: number | undefined
  readonly last?: number | undefined
}

/** Methods throw ControlError for what cannot be served. */
export interface ControlService {
  /** `withVsis`: with the VSIs of the MIB, of which there may be many. */
  status(withVsis?: boolean): StatusAnswer
  /** A bridge's data path, wanted and actual; of one port or of all. */
  switch(port: string | undefined): SwitchAnswer
  /** VSIs of one port or of all, those that ended last. */
  vsis(port: string | undefined): VsiJson[]
  vsi(id: string, port: string | undefined): VsiJson
  /**
   * Gives all requests to their ports in the same moment and answers each once, in the order of the requests:
   * finally, or when the wait is over. `signal` ends the wait because nobody listens any more.
   */
  request(requests: VsiRequests, signal: AbortSignal): Promise<RequestAnswer[]>
  /** De-associates everything and leaves. Resolves when the first is done: how many VSIs the switch holds no longer, or may. */
  drainAndLeave(): Promise<{ readonly released: number; readonly left: number }>
  ports(): PortListAnswer
  /** An interface, or a pattern for names. */
  addPort(name: string): Promise<PortListAnswer>
  removePort(name: string): PortListAnswer
  setPortEnabled(name: string, enabled: boolean): PortListAnswer
  logLevel(): string
  setLogLevel(level: string): void
  /** Calls `listener` for every event from now on. Returns what ends it. */
  subscribe(listener: (event: EventAnswer) => void): () => void
  /** Events kept, those of no port included. */
  events(query: EventQuery): EventAnswer[]
  /** Faults on purpose, with what each did. */
  faults(): FaultListAnswer
  /** Sets them all or none; the list afterwards. */
  setFaults(faults: readonly FaultRule[]): FaultListAnswer
  /** Clears those of these names, or all. */
  clearFaults(names: readonly string[] | undefined): FaultClearAnswer
  /** Something about the control socket that a person should know. */
  reportProblem(message: string): void
  /** A fault of ours while serving a request. */
  reportFault(error: unknown): void
}
