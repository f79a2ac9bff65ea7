/**
 * Carries out a batch of requests: everything is checked before anything is done, the ports are asked in the order of
 * the requests, and each request gets one answer, the final one or how far it got when the wait is over.
 */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import { ControlError } from '../control/control-error.ts'
import { formatFilter } from '../control/filter-text.ts'
import type { Owner } from '../control/owner.ts'
import type { RequestAnswer } from '../control/schema/vsi.ts'
import type { Mode, VsiRequest, VsiRequests } from '../control/schema/vsi-request.ts'
import { toVsiCommand } from '../control/vsi-command.ts'
import { toReasonJson } from '../control/vsi-json.ts'
import type { Agent } from './agent.ts'
import type { AgentPort } from './agent-port.ts'

/**
 * Requests of one turn of the event loop: they share ECPDUs, and while the switch works on the first of them the next
 * ones are asked for. A batch of thousands does not hold up anything else.
 */
const OF_ONE_TURN = 64

/** A request that has been checked. */
interface Job {
  readonly port: AgentPort
  readonly vsi: VsiKey
  readonly mode: Mode
  /** What the station is asked for, null for its end; absent when nothing is to be asked. */
  readonly command?: VsiCommand | null
  stopWaiting?: () => void
  answer?: RequestAnswer
}

/** Throws ControlError when any of them cannot be served; then none is. */
export async function performRequests(
  agent: Agent,
  owner: Owner,
  { requests, wait }: VsiRequests,
  signal: AbortSignal,
): Promise<RequestAnswer[]> {
  const asked = new Map<VsiKey, AgentPort[]>()
  const jobs = requests.map((request, index) => prepare(agent, request, index, asked))
  const open = jobs.filter(({ answer }) => answer === undefined)
  if (agent.role === 'bridge') withdraw(open)
  else {
    const answered = await askStation(owner, open)
    await atMost(wait, signal, answered.all)
  }
  for (const { stopWaiting } of jobs) stopWaiting?.()
  return jobs.map((job) => job.answer ?? soFar(job))
}

/** `asked`: of which ports the requests before it in the batch ask for a VSI. */
function prepare(agent: Agent, request: VsiRequest, index: number, asked: Map<VsiKey, AgentPort[]>): Job {
  const vsi = formatVsiId(request.id)
  if (request.mode === 'deassociate') return prepareRelease(agent, vsi, request.port, asked.get(vsi))
  if (agent.role === 'bridge') {
    throw new ControlError('wrong-role', 'a bridge does not ask for VSIs, its stations do', {
      hint: 'send the request to the station daemon: choose its socket with --control PATH',
    })
  }
  const port = agent.findPort(request.port)
  const command = toVsiCommand(request)
  if (!command.ok) throw new ControlError('bad-request', command.message, { path: `requests[${index}]` })
  asked.set(vsi, [...(asked.get(vsi) ?? []).filter((other) => other !== port), port])
  return { port, vsi, mode: request.mode, command: command.value }
}

/** What is gone already is not asked for again: de-associating twice is no mistake. */
function prepareRelease(
  agent: Agent,
  vsi: VsiKey,
  name: string | undefined,
  asked: readonly AgentPort[] = [],
): Job {
  const before = asked.findLast((port) => port.name === (name ?? port.name))
  if (before) return { port: before, vsi, mode: 'deassociate', command: null }
  const port = agent.portOfVsi(vsi, name) ?? agent.firstPort(name)
  const job = { port, vsi, mode: 'deassociate' as const }
  const known = agent.role === 'bridge' || port.findRecord(vsi) !== undefined
  if (!port.findLive(vsi) && known) return { ...job, answer: gone(port, vsi) }
  return { ...job, command: null }
}

/** Asks for all of them; `all` resolves when all are answered. */
async function askStation(owner: Owner, jobs: readonly Job[]): Promise<{ readonly all: Promise<void> }> {
  let unanswered = jobs.length
  let done = () => {}
  const all = new Promise<void>((resolve) => {
    done = resolve
  })
  if (unanswered === 0) done()
  const answer = (job: Job, report: VsiReport) => {
    job.answer = final(job, report)
    unanswered--
    if (unanswered === 0) done()
  }
  for (let from = 0; from < jobs.length; from += OF_ONE_TURN) {
    if (from > 0) await nextTurn()
    askTogether(owner, jobs.slice(from, from + OF_ONE_TURN), answer)
  }
  return { all }
}

/** Feeds each port once. */
function askTogether(
  owner: Owner,
  jobs: readonly Job[],
  answer: (job: Job, report: VsiReport) => void,
): void {
  for (const port of new Set(jobs.map((job) => job.port))) {
    const its = jobs.filter((job) => job.port === port)
    const asks = its.map((job) => ({
      owner,
      vsi: job.vsi,
      command: job.command ?? null,
      answer: (report: VsiReport) => answer(job, report),
    }))
    for (const [index, stop] of port.ask(asks).entries()) its[index]!.stopWaiting = stop
  }
}

/** A bridge does it at once and tells its stations. */
function withdraw(jobs: readonly Job[]): void {
  for (const port of new Set(jobs.map((job) => job.port))) {
    const its = jobs.filter((job) => job.port === port)
    port.driver.submitAll(its.map(({ vsi }) => ({ type: 'vsi.withdrawn', vsi })))
  }
  for (const job of jobs) job.answer = gone(job.port, job.vsi)
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
  if (mode === 'deassociate' && reason?.code === 'unknown-vsi') return gone(port, id)
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
