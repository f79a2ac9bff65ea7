/**
 * What a daemon runs with: the configuration file, the command line over it, and the defaults under both.
 */
import { hostname } from 'node:os'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { PortLimits } from '../admission/resources.ts'
import { ControlError } from '../control/control-error.ts'
import type { DaemonSettings, PolicySettings } from '../control/schema/daemon-settings.ts'
import type { PortSettings } from '../control/schema/port-settings.ts'

export interface PortPlan {
  readonly name: string
  readonly config: PortConfig
}

/** Interfaces named on the command line, or else those of the file. Throws ControlError. */
export function planPorts(role: Role, named: readonly string[], settings: DaemonSettings): PortPlan[] {
  const inFile = Object.entries(settings.ports ?? {})
  const names = named.length > 0 ? named : inFile.flatMap(([name, port]) => (fits(port, role) ? [name] : []))
  if (names.length === 0) {
    throw new ControlError('bad-usage', `qbg ${role} needs at least one interface`, {
      hint: `for example: qbg ${role} eth0; or list interfaces under "ports" in the configuration file`,
    })
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ControlError('bad-usage', `interface ${twice} is given twice`)
  for (const name of names) refuseOtherRole(name, role, settings)
  return names.map((name) => ({ name, config: portConfig(name, settings) }))
}

function fits(port: { role?: Role | undefined } | null, role: Role): boolean {
  return (port?.role ?? role) === role
}

function refuseOtherRole(name: string, role: Role, settings: DaemonSettings): void {
  const port = settings.ports?.[name]
  if (port === undefined || fits(port, role)) return
  throw new ControlError(
    'bad-usage',
    `interface ${name} is a ${port?.role} in the configuration file, not a ${role}`,
    {
      hint: 'one port has one role: change "role" there, or the command',
    },
  )
}

/** The settings of one port: its own over the file's top level over the defaults. */
export function portConfig(name: string, settings: DaemonSettings): PortConfig {
  const own: PortSettings = settings.ports?.[name] ?? {}
  const base = DEFAULT_PORT_CONFIG
  const { r, rte, rwd, rka, ...evb } = { ...settings.evb, ...own.evb }
  const local = { ...base.evb.local, ...defined({ r, rte, rwd, rka }) }
  const lldp = { portDescription: name, systemName: hostname(), ...settings.lldp, ...own.lldp }
  return {
    lldp: { ...base.lldp, ...defined(lldp) },
    evb: { ...base.evb, ...defined(evb), local },
    vdp: { ...base.vdp, ...defined({ ...settings.vdp, ...own.vdp }) },
  }
}

/** `over` wins, key by key; sections are joined. */
export function mergeSettings(base: DaemonSettings, over: DaemonSettings): DaemonSettings {
  return {
    ...base,
    ...defined(over),
    lldp: { ...base.lldp, ...defined(over.lldp ?? {}) },
    evb: { ...base.evb, ...defined(over.evb ?? {}) },
    vdp: { ...base.vdp, ...defined(over.vdp ?? {}) },
    resources: { ...base.resources, ...defined(over.resources ?? {}) },
    libvirt: { ...base.libvirt, ...defined(over.libvirt ?? {}) },
    ports: overPorts(base, over),
  }
}

/** What the command line says holds for every port, whatever the file has for one of them. */
function overPorts(base: DaemonSettings, over: DaemonSettings): NonNullable<DaemonSettings['ports']> {
  const ports = Object.entries({ ...base.ports, ...over.ports })
  return Object.fromEntries(
    ports.map(([name, port]) => [
      name,
      {
        ...port,
        lldp: { ...port?.lldp, ...defined(over.lldp ?? {}) },
        evb: { ...port?.evb, ...defined(over.evb ?? {}) },
        vdp: { ...port?.vdp, ...defined(over.vdp ?? {}) },
      },
    ]),
  )
}

/** What a port of a bridge may give to VSIs. */
export function portLimits(name: string, settings: DaemonSettings): PortLimits {
  return { ...settings.resources, ...defined(settings.ports?.[name]?.resources ?? {}) }
}

export function policyOf(settings: DaemonSettings): PolicySettings {
  return settings.policy === undefined || settings.policy === 'accept-all' ? {} : settings.policy
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> }

/** Without the keys whose value is undefined, which would hide what is under them. */
function defined<T extends object>(value: T): Partial<Defined<T>> {
  return Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== undefined)) as Partial<
    Defined<T>
  >
}
