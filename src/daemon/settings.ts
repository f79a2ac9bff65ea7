/**
 * What a daemon runs with: the configuration file, the command line over it, and the defaults under both.
 */
import { randomInt } from 'node:crypto'
import { hostname } from 'node:os'
import { DEFAULT_PORT_CONFIG, type PortConfig } from '../../protocol/engine/port-config.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { PortLimits } from '../admission/resources.ts'
import { ControlError } from '../control/control-error.ts'
import { isPattern, matchesPattern } from '../control/name-pattern.ts'
import type { DaemonSettings, PolicySettings } from '../control/schema/daemon-settings.ts'
import type { PortSettings } from '../control/schema/port-settings.ts'
import { DEFAULT_TRAFFIC, type TrafficOptions } from '../data-plane/data-plane.ts'

export interface PortPlan {
  readonly name: string
  readonly config: PortConfig
  /** False: not before `qbg port enable`. */
  readonly enabled: boolean
}

/** Interfaces named on the command line, or else those of the file; patterns are left out. Throws ControlError. */
export function planPorts(role: Role, named: readonly string[], settings: DaemonSettings): PortPlan[] {
  const names = portNames(role, named, settings)
  return names.filter((name) => !isPattern(name)).map((name) => planPort(role, name, settings))
}

/** Of what `planPorts` is given, the patterns: interfaces that fit are taken in as they come. Throws ControlError. */
export function portPatterns(role: Role, named: readonly string[], settings: DaemonSettings): string[] {
  return portNames(role, named, settings).filter(isPattern)
}

/** Throws ControlError when the file has that interface in the other role. */
export function planPort(role: Role, name: string, settings: DaemonSettings): PortPlan {
  const own = ownSettings(name, settings)
  if (!fits(own, role)) {
    throw new ControlError(
      'bad-usage',
      `interface ${name} is a ${own.role} in the configuration file, not a ${role}`,
      { hint: 'one port has one role: change "role" there, or the command' },
    )
  }
  return { name, config: portConfig(name, settings), enabled: own.enabled ?? true }
}

/** A neighbour may still remember the ECP sequence numbers of the daemon that ran before. */
export function startAnywhere(plan: PortPlan): PortPlan {
  const vdp = { ...plan.config.vdp, lastSequence: randomInt(0x10000) }
  return { ...plan, config: { ...plan.config, vdp } }
}

function portNames(role: Role, named: readonly string[], settings: DaemonSettings): readonly string[] {
  const inFile = Object.entries(settings.ports ?? {})
  const names = named.length > 0 ? named : inFile.flatMap(([name, port]) => (fits(port, role) ? [name] : []))
  if (names.length === 0 && inFile.length > 0) {
    const others = inFile.map(([name]) => name).join(', ')
    throw new ControlError('bad-usage', `no port of the configuration file is a ${role}: ${others}`, {
      hint: `name an interface on the command line, or add a port with role: ${role}`,
    })
  }
  if (names.length === 0) {
    throw new ControlError('bad-usage', `qbg ${role} needs at least one interface`, {
      hint: `for example: qbg ${role} eth0; or list interfaces under "ports" in the configuration file`,
    })
  }
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) throw new ControlError('bad-usage', `interface ${twice} is given twice`)
  return names
}

function fits(port: { role?: Role | undefined } | null, role: Role): boolean {
  return (port?.role ?? role) === role
}

type OwnSettings = NonNullable<NonNullable<DaemonSettings['ports']>[string]>

/** What the file has under that name, over what it has under patterns that fit it, the later over the earlier. */
function ownSettings(name: string, settings: DaemonSettings): OwnSettings {
  const entries = Object.entries(settings.ports ?? {})
  const patterns = entries.filter(([key]) => isPattern(key) && matchesPattern(key, name))
  const fitting = [...patterns.map(([, own]) => own), settings.ports?.[name]]
  return fitting.reduce<OwnSettings>((base, own) => joinSections(base, own ?? {}), {})
}

function joinSections(base: OwnSettings, over: OwnSettings): OwnSettings {
  return {
    ...base,
    ...defined(over),
    lldp: { ...base.lldp, ...defined(over.lldp ?? {}) },
    evb: { ...base.evb, ...defined(over.evb ?? {}) },
    vdp: { ...base.vdp, ...defined(over.vdp ?? {}) },
    resources: { ...base.resources, ...defined(over.resources ?? {}) },
  }
}

/** The settings of one port: its own over the file's top level over the defaults. */
export function portConfig(name: string, settings: DaemonSettings): PortConfig {
  const own: PortSettings = ownSettings(name, settings)
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
    traffic: { ...base.traffic, ...defined(over.traffic ?? {}) },
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
        traffic: { ...port?.traffic, ...defined(over.traffic ?? {}) },
      },
    ]),
  )
}

/** What a port of a bridge lets pass. An entry without VID stands for untagged frames. */
export function trafficOptions(name: string, settings: DaemonSettings): TrafficOptions {
  const own = defined({ ...settings.traffic, ...defined(ownSettings(name, settings).traffic ?? {}) })
  const options = { ...DEFAULT_TRAFFIC, ...own }
  const allow = options.allow.map((entry) => ({ ...entry, vid: entry.vid || options.untaggedVid }))
  return { ...options, allow }
}

/** The command line may put together what the file could not have. Throws ControlError. */
export function refuseTwoTypeLists(settings: DaemonSettings): void {
  if (settings.types === undefined || policyOf(settings).types === undefined) return
  throw new ControlError(
    'bad-usage',
    'both a list of known types (policy) and a file of VSI types are given',
    {
      hint: 'leave one of them out: --policy and --types, or "policy.types" and "types" in the configuration file',
    },
  )
}

/** What a port of a bridge may give to VSIs. */
export function portLimits(name: string, settings: DaemonSettings): PortLimits {
  return { ...settings.resources, ...defined(ownSettings(name, settings).resources ?? {}) }
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
