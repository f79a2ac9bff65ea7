/** Runs a daemon in the foreground until it is to leave (`leaving.ts`), and takes everything back in order. */
import { resolve } from 'node:path'
import { EXIT } from '../control/control-error.ts'
import { isLoopback } from '../control/metrics-address.ts'
import { serveMetrics } from '../control/metrics-server.ts'
import { serveControl } from '../control/server.ts'
import { isEtherIpName, parseEtherIpName } from '../io/etherip-name.ts'
import { EtherIpPort } from '../io/etherip-port.ts'
import type { FramePort } from '../io/frame-port.ts'
import { PacketPort } from '../io/packet-port.ts'
import { startWatchdog } from '../io/watchdog.ts'
import { readStp } from '../netlink/bridge-stp.ts'
import type { LinkSource } from '../netlink/link.ts'
import { requirePort } from '../netlink/link-errors.ts'
import { LinkMonitor } from '../netlink/link-monitor.ts'
import { systemClock } from '../runtime/clock.ts'
import { createLog, type DaemonLog } from '../runtime/log.ts'
import { OperationalError } from '../runtime/operational-error.ts'
import { outliveStandardOutput } from '../runtime/standard-output.ts'
import { defaultStatePath } from '../state/state-path.ts'
import { type ClaimedPlan, composeDaemon, type Daemon, type DaemonPlan, type Ground } from './compose.ts'
import { createDataPlane } from './data-plane-setup.ts'
import { EtherIpLinks } from './etherip-links.ts'
import { GuestLinks } from './guest-links.ts'
import { lockInterface } from './interface-lock.ts'
import { Leaving } from './leaving.ts'
import type { LibvirtService } from './libvirt.ts'
import { createLibvirtService, openLibvirtSocket } from './libvirt-setup.ts'
import { refuseLldpad } from './lldpad-check.ts'
import { Persistence } from './persistence.ts'
import { ServiceNotice } from './service-notice.ts'
import { serviceStatus } from './service-status.ts'
import { startAnywhere } from './settings.ts'
import { openSwitchTypes } from './switch-types.ts'

/** What leaving takes besides draining: the last write, readers of the control socket. Milliseconds. */
const LEAVING_TIME = 10_000

/** libvirt hangs with an agent that is silent, not with one that is gone. Seconds. */
const WATCHDOG = 10

interface Opened {
  readonly daemon: Daemon
  readonly guests: GuestLinks | undefined
  readonly persistence: Persistence | undefined
  readonly libvirt: LibvirtService | undefined
}

/** Things to be undone, the last one first. */
type Undo = () => void | Promise<void>

/** `onReady` is called when the ports are open and the control socket answers. Resolves with the exit status. */
export async function runDaemon(
  plan: DaemonPlan,
  onReady: (ports: readonly string[]) => void,
): Promise<number> {
  const { logLevel: level, logFile: file } = plan.settings
  const log = createLog({ ...(level && { level }), ...(file && { file }) })
  outliveStandardOutput((err) => log.warn(`standard output cannot be written: ${err.message}`))
  process.on('uncaughtException', (err) => log.error({ err }, 'an exception nobody caught: a bug'))
  const notice = new ServiceNotice(log)
  const leaving = new Leaving({
    drain: plan.settings.drain,
    clock: systemClock,
    reopen: () => log.reopen(),
  })
  const undo: Undo[] = []
  try {
    const { daemon, guests, persistence, libvirt } = await open(plan, { log, leaving, undo })
    leaving.listen()
    daemon.start()
    await daemon.admin.start()
    const restored = (await persistence?.restore()) ?? []
    guests?.start(restored)
    libvirt?.adopt(restored)
    if (persistence && libvirt) persistence.onRestored = (vsis) => libvirt.adopt(vsis)
    libvirt?.start()
    onReady(daemon.ports.map(({ name }) => name))
    notice.ready(() => serviceStatus(daemon.ports))
    await leaving.wanted
    daemon.agent.leave()
    notice.stopping(leaving.limit * 1000 + LEAVING_TIME)
    return EXIT.ok
  } finally {
    for (const one of undo.reverse()) await one()
    notice.close()
  }
}

interface Around {
  readonly log: DaemonLog
  readonly leaving: Leaving
  readonly undo: Undo[]
}

async function open(plan: DaemonPlan, { log, leaving, undo }: Around): Promise<Opened> {
  const { settings, role } = plan
  if (role === 'station' && settings.allowLldpad !== true) refuseLldpad()
  const socket = openLibvirtSocket(plan)
  if (socket) undo.push(() => socket.close())
  const monitor = new LinkMonitor()
  monitor.open()
  undo.push(() => monitor.close())
  const links = new EtherIpLinks(monitor)
  const claim = (name: string) => claimInterface(links, name)
  const plans: ClaimedPlan[] = []
  for (const one of plan.plans) {
    const release = await claim(one.name)
    undo.push(release)
    plans.push({ ...startAnywhere(one), release })
  }
  const recorder = await openRecorder(settings.record, log)
  if (recorder) undo.push(() => recorder.close())
  const observer = recorder && { observer: recorder }
  const types =
    role === 'bridge' ? await openSwitchTypes(settings.types, { clock: systemClock, log }) : undefined
  if (types) undo.push(() => types.close())
  const ground: Ground = {
    links,
    types,
    dataPlane: createDataPlane(plan, { links, log }),
    readStp,
    clock: systemClock,
    log,
    framePort: (name) => framePort(name, monitor),
    claim,
    ...observer,
  }
  const daemon = composeDaemon({ ...plan, plans }, ground)
  daemon.agent.log = log.fate
  const guests = role === 'station' ? new GuestLinks({ ...ground, ports: daemon.portSet }) : undefined
  const persistence = openPersistence(plan, daemon, { log, guests })
  if (role === 'station') daemon.agent.drain = () => leaving.drainAndLeave()
  const server = await serveControl(daemon.agent, plan.control)
  undo.push(() => server.close())
  const { metrics } = settings
  if (metrics) {
    const serving = await serveMetrics(daemon.agent, metrics)
    undo.push(() => serving.close())
    if (!isLoopback(metrics)) log.warn(metrics, 'metrics are told to whoever reaches this address')
  }
  undo.push(() => leave(daemon, leaving, log))
  if (persistence) undo.push(() => persistence.stop())
  if (guests) undo.push(() => guests.stop())
  const libvirt = socket && createLibvirtService(plan, socket, daemon, ground)
  if (libvirt) undo.push(() => libvirt.stop(), startWatchdog(WATCHDOG))
  return { daemon, guests, persistence, libvirt }
}

/** The file of VSIs is closed by then: what is drained now is asked for again at the next start. */
async function leave(daemon: Daemon, leaving: Leaving, log: DaemonLog): Promise<void> {
  const drained = await leaving.drain(daemon.ports)
  if (drained) log[drained.left > 0 ? 'warn' : 'info']({ ...drained }, 'VSIs de-associated to leave')
  daemon.stop(drained === null)
}

/** Undefined when nothing is to be kept. Throws OperationalError. */
function openPersistence(
  { role, settings }: DaemonPlan,
  { portSet, agent }: Daemon,
  { log, guests }: { readonly log: DaemonLog; readonly guests: GuestLinks | undefined },
): Persistence | undefined {
  if (role === 'bridge' || settings.state === false) return undefined
  const path = settings.state ?? defaultStatePath()
  if (path === undefined) {
    log.warn('VSIs are not kept over a restart: there is no home directory; --state PATH names a file')
    return undefined
  }
  const isGone = guests && { isGone: guests.isGone.bind(guests) }
  const persistence = new Persistence({ path: resolve(path), ports: portSet, log, ...isGone })
  persistence.lock()
  agent.state = () => persistence.toJson()
  return persistence
}

/** An interface that exists and is nobody else's. Rejects with OperationalError. */
async function claimInterface(links: LinkSource, name: string): Promise<() => void> {
  if (isEtherIpName(name) && parseEtherIpName(name) === undefined) {
    throw new OperationalError('no-such-interface', 'no IP address follows "etherip:"', {
      operation: `open ${name}`,
      hint: 'name the other end, as in etherip:192.0.2.1',
    })
  }
  requirePort(links, name, `open ${name}`)
  return lockInterface(name)
}

function framePort(name: string, links: LinkSource): FramePort {
  const peer = parseEtherIpName(name)
  return peer ? new EtherIpPort({ name, peer, clock: systemClock }) : new PacketPort(name, links)
}

async function openRecorder(file: string | undefined, log: DaemonLog) {
  if (file === undefined) return undefined
  const { Recorder } = await import('../runtime/recorder.ts')
  return new Recorder(file, { onProblem: (err) => log.error({ err }, err.message) })
}
