/**
 * The composition root: which frame port, clock, link monitor and recorder a daemon runs on. Everything it makes
 * is put into one object that can be started and stopped in order.
 */
import { randomInt } from 'node:crypto'
import type { PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { Admission } from '../admission/admission.ts'
import type { DaemonSettings } from '../control/schema/daemon-settings.ts'
import type { DataPlane } from '../data-plane/data-plane.ts'
import { DecisionFaults } from '../faults/decision-faults.ts'
import { FaultPort } from '../faults/fault-port.ts'
import { FaultTable } from '../faults/fault-table.ts'
import type { FramePort } from '../io/frame-port.ts'
import type { LinkSource } from '../netlink/link.ts'
import type { Clock } from '../runtime/clock.ts'
import { Driver, type StepObserver } from '../runtime/driver.ts'
import type { Log } from '../runtime/log.ts'
import type { OpenedTypes } from '../vsi-types/open-types.ts'
import { type AdjustableLog, Agent } from './agent.ts'
import { AgentPort } from './agent-port.ts'
import { answerQuestions } from './answer-questions.ts'
import { Events } from './events.ts'
import type { ReadStp } from './frame-leak.ts'
import { type Claim, PortAdmin } from './port-admin.ts'
import { PortInterface, possibleConfig } from './port-interface.ts'
import { PortSet } from './port-set.ts'
import { followTraffic, settleTraffic } from './port-traffic.ts'
import { type PortPlan, portConfig, trafficOptions } from './settings.ts'
import { createAdmission, toResourcesJson, toTypesJson } from './switch-admission.ts'
import { Tickets } from './tickets.ts'

/** What a daemon stands on: the machine's, or a test's. */
export interface Ground {
  readonly links: LinkSource
  /** Of a bridge. */
  readonly dataPlane: DataPlane
  readonly readStp: ReadStp
  readonly framePort: (name: string) => FramePort
  readonly clock: Clock
  readonly log: Log & AdjustableLog
  readonly observer?: StepObserver
  /** Bridge: where VSI types come from, when it is not the settings. */
  readonly types?: OpenedTypes | undefined
  /** For ports that are added while the daemon runs. */
  readonly claim?: Claim
}

/** A port whose interface has been made sure of; `release` gives it back. */
export type ClaimedPlan = PortPlan & { readonly release?: () => void }

export interface DaemonPlan {
  readonly role: Role
  readonly plans: readonly ClaimedPlan[]
  /** Interfaces that fit one are taken in as they come. */
  readonly patterns?: readonly string[]
  readonly settings: DaemonSettings
  /** Path of the control socket. */
  readonly control: string
}

export interface Daemon {
  readonly agent: Agent
  /** The ports of the moment; changed in place. */
  readonly ports: readonly AgentPort[]
  /** Of a bridge. */
  readonly admission: Admission | undefined
  readonly portSet: PortSet
  readonly admin: PortAdmin
  /** Opens the ports. Throws OperationalError; what was opened is closed by `stop`. */
  start(): void
  /**
   * Leaves in order: who watches is told, hairpin is as it was found, shutdown LLDPDUs are sent. `comesBack`: not to a
   * neighbour that holds VSIs of ours, which would take reflective relay back from them.
   */
  stop(comesBack?: boolean): void
}

export function composeDaemon(plan: DaemonPlan, ground: Ground): Daemon {
  const { role, plans, patterns = [], settings, control } = plan
  const { links, log } = ground
  const tickets = new Tickets()
  const events = new Events()
  const faults = createFaults(settings, events, log)
  const { dataPlane, readStp } = ground
  const around = { links, dataPlane, readStp, events, log }
  const findPort = (name: string) => portSet.find(name)
  const admission = role === 'bridge' ? createAdmission(settings, { ...ground, events, findPort }) : undefined
  const { history } = settings
  const portSet = new PortSet((plan) => {
    const { name, config: wished } = plan
    const config = possibleConfig(role, wished, links.find(name), dataPlane)
    const driver = makeDriver(role, config, name, faults, ground)
    const port = new AgentPort({ driver, config, history, tickets, events, log, faults })
    if (admission) port.resources = () => toResourcesJson(admission, name, settings)
    const decisions = new DecisionFaults(driver, { clock: ground.clock, table: faults })
    if (admission) answerQuestions(driver, { decider: admission, faults: decisions })
    if (admission) followTraffic(port, { dataPlane, admission, log })
    const wishes = { wished, traffic: trafficOptions(name, settings) }
    const attachment = new PortInterface(port, wishes, around)
    attachment.setEnabled(plan.enabled)
    return { port, attachment, decisions }
  })
  portSet.follow({
    removed: ({ name }) => {
      admission?.forget(name)
      faults.forget(name)
    },
  })
  admission?.onTrafficChange((name, vsi) => {
    const port = portSet.find(name)
    if (port) settleTraffic(port, [vsi], { dataPlane, admission, log })
  })
  for (const plan of plans) portSet.add(plan, plan.release)
  const ports = portSet.list
  const { claim = async () => () => {}, clock } = ground
  const admin = new PortAdmin({ role, settings, patterns, set: portSet, links, claim, events, clock, log })
  const { evb } = portConfig('', settings)
  const agent = new Agent({ role, ports, admin, tickets, events, log, control, faults, dataPlane, evb })
  if (admission) agent.types = () => toTypesJson(admission, ground.types)
  return {
    ports,
    portSet,
    admin,
    agent,
    admission,
    start: () => {
      const planned = ports.map(({ name }) => ({ name, traffic: trafficOptions(name, settings) }))
      if (role === 'bridge') dataPlane.start(planned)
      portSet.start()
    },
    stop: (comesBack = false) => {
      agent.leave()
      admin.stop()
      events.emit({ type: 'stopping' })
      portSet.stop((port) => comesBack && role === 'station' && port.holdsVsis)
      admission?.close()
      dataPlane.stop()
    },
  }
}

function makeDriver(
  role: Role,
  config: PortConfig,
  name: string,
  faults: FaultTable,
  ground: Ground,
): Driver {
  const { framePort, clock, log, observer } = ground
  const port = new FaultPort(framePort(name), { clock, table: faults })
  return new Driver({ role, config, port, clock, log, ...(observer && { observer }) })
}

/** What is done on purpose is an event, and in the log when that tells details. */
function createFaults({ faults = [], faultSeed }: DaemonSettings, events: Events, log: Log): FaultTable {
  const table = new FaultTable(faultSeed ?? randomInt(2 ** 31))
  table.set(faults)
  table.onInjected = ({ port, rule: { name, action }, what, vsi }) => {
    log.debug({ port, fault: name, vsi }, `on purpose: ${action}: ${what}`)
    events.emit({ type: 'injected', port, fault: name, action, what, ...(vsi !== undefined && { id: vsi }) })
  }
  return table
}
