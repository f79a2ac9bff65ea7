/**
 * Carries out a batch of requests: everything is checked before anything is done, all inputs of a port are given
 * to it in one moment, and each request gets one answer, the final one or how far it got when the wait is over.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { Input } from '../../protocol/engine/input.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { ControlError } from '../control/control-error.ts'
import { formatFilter } from '../control/filter-text.ts'
import type { RequestAnswer } from '../control/schema/vsi.ts'
import type { Mode, VsiRequest, VsiRequests } from '../control/schema/vsi-request.ts'
import { toVsiCommand } from '../control/vsi-command.ts'
import { toReasonJson } from '../control/vsi-json.ts'
import type { Agent } from './agent.ts'
import type { AgentPort } from './agent-port.ts'

/** A request that has been checked. */
interface Job {
  readonly port: AgentPort
  readonly vsi: VsiKey
  readonly mode: Mode
  /** The input for a ticket; null when there is nothing to be done. */
  readonly input: ((ticket: number) => Input) | null
  ticket?: number
  answer?: RequestAnswer
}

/** Throws ControlError when any of them cannot be served; then none is. */
export async function performRequests(
  agent: Agent,
  { requests, wait }: VsiRequests,
  signal: AbortSignal,
): Promise<RequestAnswer[]> {
  const jobs = requests.map((request, index) => prepare(agent, request, index))
  const answered = start(agent, jobs)
  if (jobs.some(({ answer }) => answer === undefined)) await atMost(wait, signal, answered)
  for (const { ticket } of jobs) if (ticket !== undefined) agent.tickets.drop(ticket)
  return jobs.map((job) => job.answer ?? soFar(job))
}

function prepare(agent: Agent, request: VsiRequest, index: number): Job {
  const vsi = formatVsiId(request.id)
  if (request.mode === 'deassociate') return prepareRelease(agent, vsi, request.port)
  if (agent.role === 'bridge') {
    throw new ControlError('wrong-role', 'a bridge does not ask for VSIs, its stations do', {
      hint: 'send the request to the station daemon: choose its socket with --control PATH',
    })
  }
  const port = agent.findPort(request.port)
  const command = toVsiCommand(request)
  if (!command.ok) throw new ControlError('bad-request', command.message, { path: `requests[${index}]` })
  const input = (ticket: number): Input => ({ type: 'vsi.requested', ticket, command: command.value })
  return { port, vsi, mode: request.mode, input }
}

/** What is gone already is not asked for again: de-associating twice is no mistake. */
function prepareRelease(agent: Agent, vsi: VsiKey, name: string | undefined): Job {
  const port = agent.portOfVsi(vsi, name) ?? agent.firstPort(name)
  const job = { port, vsi, mode: 'deassociate' as const }
  if (!port.findLive(vsi) && port.findRecord(vsi)) return { ...job, input: null, answer: gone(port, vsi) }
  if (agent.role === 'station') return { ...job, input: (ticket) => ({ type: 'vsi.released', ticket, vsi }) }
  if (!port.findLive(vsi)) return { ...job, input: null, answer: gone(port, vsi) }
  return { ...job, input: () => ({ type: 'vsi.withdrawn', vsi }) }
}

/** Opens the tickets and feeds each port once. Resolves when all are answered. */
function start(agent: Agent, jobs: readonly Job[]): Promise<void> {
  return new Promise((resolve) => {
    const inputs = new Map<AgentPort, Input[]>(jobs.map(({ port }) => [port, []]))
    const open = jobs.filter(({ input }) => input !== null)
    let unanswered = open.length
    for (const job of open) {
      job.ticket = agent.tickets.open((report) => {
        job.answer = final(job, report)
        unanswered--
        if (unanswered === 0) resolve()
      })
      inputs.get(job.port)!.push(job.input!(job.ticket))
    }
    for (const [port, list] of inputs) port.driver.submitAll(list)
    if (agent.role === 'bridge') for (const job of open) job.answer = gone(job.port, job.vsi)
  })
}

function atMost(seconds: number, signal: AbortSignal, done: Promise<void>): Promise<void> {
  return new Promise((resolve) => {
    const timeout = setTimeout(resolve, seconds * 1000)
    const end = () => {
      clearTimeout(timeout)
      resolve()
    }
    signal.addEventListener('abort', end, { once: true })
    void done.then(end)
  })
}

function final({ port, vsi: id, mode }: Job, report: VsiReport): RequestAnswer {
  const { state, outcome, command, reason } = report
  const ok = outcome === (mode === 'deassociate' ? 'released' : 'granted')
  const filter = command ? formatFilter(command.filter) : []
  return {
    port: port.name,
    id,
    mode,
    ok,
    outcome,
    state,
    filter,
    reason: reason && !ok ? toReasonJson(reason) : null,
  }
}

/** The wait is over: what is known now. */
function soFar({ port, vsi: id, mode }: Job): RequestAnswer {
  const view = port.findLive(id)
  const record = port.findRecord(id)
  const waits = record?.outcome === 'waiting'
  const reason = waits && view?.reason ? toReasonJson(view.reason) : null
  const filter = view ? formatFilter(view.command.filter) : []
  const outcome = waits ? 'waiting' : 'progress'
  return { port: port.name, id, mode, ok: false, outcome, state: view?.state ?? 'none', filter, reason }
}

/** A VSI without an association, as it is remembered; one that nobody remembers was never there. */
function gone(port: AgentPort, id: VsiKey): RequestAnswer {
  const record = port.findRecord(id)
  const filter = record ? formatFilter(record.command.filter) : []
  const known = record?.reason ? toReasonJson(record.reason) : null
  const reason = record ? known : toReasonJson({ code: 'unknown-vsi' })
  const outcome = record ? 'released' : 'refused'
  const ok = record !== undefined
  return { port: port.name, id, mode: 'deassociate', ok, outcome, state: 'none', filter, reason }
}
