/**
 * Runs a daemon in the foreground until a signal ends it. The first SIGTERM, SIGINT or SIGHUP leaves in order; the
 * second one leaves at once.
 */
import { randomInt } from 'node:crypto'
import { constants } from 'node:os'
import { resolve } from 'node:path'
import { EXIT } from '../control/control-error.ts'
import { serveControl } from '../control/server.ts'
import { PacketPort } from '../io/packet-port.ts'
import { setHairpin } from '../netlink/bridge-port.ts'
import { readStp } from '../netlink/bridge-stp.ts'
import { requireEthernet } from '../netlink/link-errors.ts'
import { LinkMonitor } from '../netlink/link-monitor.ts'
import { systemClock } from '../runtime/clock.ts'
import { createLog, type Log } from '../runtime/log.ts'
import { defaultStatePath } from '../state/state-path.ts'
import { composeDaemon, type Daemon, type DaemonPlan } from './compose.ts'
import { lockInterface } from './interface-lock.ts'
import type { LibvirtService } from './libvirt.ts'
import { createLibvirtService, openLibvirtSocket } from './libvirt-setup.ts'
import { Persistence } from './persistence.ts'
import type { PortPlan } from './settings.ts'

const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP'] as const

interface Opened {
  readonly daemon: Daemon
  readonly persistence: Persistence | undefined
  readonly libvirt: LibvirtService | undefined
}

/** Things to be undone, the last one first. */
type Undo = () => void | Promise<void>

/** `onReady` is called when the ports are open and the control socket answers. Resolves with the exit status. */
export async function runDaemon(plan: DaemonPlan, onReady: () => void): Promise<number> {
  const undo: Undo[] = []
  try {
    const { daemon, persistence, libvirt } = await open(plan, undo)
    const signal = nextSignal()
    daemon.start()
    const restored = await persistence?.restore()
    libvirt?.adopt(restored?.vsis ?? [])
    libvirt?.start()
    onReady()
    await signal
    return EXIT.ok
  } finally {
    for (const one of undo.reverse()) await one()
  }
}

async function open(plan: DaemonPlan, undo: Undo[]): Promise<Opened> {
  const { settings } = plan
  const plans = plan.plans.map(startAnywhere)
  const { logLevel: level, logFile: file } = settings
  const log = createLog({ ...(level && { level }), ...(file && { file }) })
  process.on('uncaughtException', (err) => log.error({ err }, 'an exception nobody caught: a bug'))
  const socket = openLibvirtSocket(plan)
  if (socket) undo.push(() => socket.close())
  const links = new LinkMonitor()
  links.open()
  undo.push(() => links.close())
  for (const { name } of plans) {
    requireEthernet(links, name, `open ${name}`)
    undo.push(await lockInterface(name))
  }
  const recorder = await openRecorder(settings.record, log)
  if (recorder) undo.push(() => recorder.close())
  const ground = {
    links,
    setHairpin,
    readStp,
    clock: systemClock,
    log,
    ...(recorder && { observer: recorder }),
  }
  const daemon = composeDaemon(
    { ...plan, plans },
    { ...ground, framePort: (name) => new PacketPort(name, links) },
  )
  const persistence = openPersistence(plan, daemon, log)
  const server = await serveControl(daemon.agent, plan.control)
  undo.push(() => server.close())
  undo.push(() => daemon.stop())
  if (persistence) undo.push(() => persistence.stop())
  const libvirt = socket && createLibvirtService(plan, socket, daemon, ground)
  if (libvirt) undo.push(() => libvirt.stop())
  return { daemon, persistence, libvirt }
}

/** Undefined when nothing is to be kept. Throws OperationalError. */
function openPersistence({ role, settings }: DaemonPlan, daemon: Daemon, log: Log): Persistence | undefined {
  if (role === 'bridge' || settings.state === false) return undefined
  const path = settings.state ?? defaultStatePath()
  if (path === undefined) {
    log.warn('VSIs are not kept over a restart: there is no home directory; --state PATH names a file')
    return undefined
  }
  const persistence = new Persistence({ path: resolve(path), ports: daemon.ports, log })
  persistence.lock()
  daemon.agent.state = () => persistence.toJson()
  return persistence
}

/** A neighbour may still remember the ECP sequence numbers of the daemon that ran before. */
function startAnywhere({ name, config }: PortPlan): PortPlan {
  return { name, config: { ...config, vdp: { ...config.vdp, lastSequence: randomInt(0x10000) } } }
}

async function openRecorder(file: string | undefined, log: Log) {
  if (file === undefined) return undefined
  const { Recorder } = await import('../runtime/recorder.ts')
  return new Recorder(file, { onProblem: (err) => log.error({ err }, err.message) })
}

function nextSignal(): Promise<void> {
  return new Promise((resolve) => {
    let leaving = false
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (leaving) process.exit(128 + constants.signals[signal])
        leaving = true
        resolve()
      })
    }
  })
}
