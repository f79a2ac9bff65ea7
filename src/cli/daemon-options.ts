/**
 * Options of `qbg station` and `qbg bridge` that stand for a setting of the configuration file. One table: what
 * is declared is what is read, and a value that is refused is named by its option.
 */
import type { Command } from 'commander'

type Role = 'station' | 'bridge'

interface DaemonOption {
  readonly flags: string
  readonly description: string
  /** The setting, as in the configuration file. */
  readonly path: string
  readonly role?: Role
  /** What the text means; as it stands when absent. */
  readonly read?: (text: string) => unknown
}

const number = (text: string): unknown => (/^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text)
const policy = (text: string): unknown => (text === 'accept-all' ? text : { types: text.split(',') })

export const DAEMON_OPTIONS: readonly DaemonOption[] = [
  { flags: '--r <n>', path: 'evb.r', read: number, description: 'R, ECP retransmissions, 0 to 7 (3)' },
  {
    flags: '--rte <n>',
    path: 'evb.rte',
    read: number,
    description: 'RTE, ECP acknowledgement timer, 0 to 31 (14: 164 ms)',
  },
  {
    flags: '--rwd <n>',
    path: 'evb.rwd',
    read: number,
    description: 'RWD, resource wait delay, 0 to 31 (20: 10.5 s)',
  },
  { flags: '--rka <n>', path: 'evb.rka', read: number, description: 'RKA, keep-alive, 0 to 31 (20: 10.5 s)' },
  {
    flags: '--no-relay',
    path: 'evb.reflectiveRelay',
    description: 'do not ask for, or offer, reflective relay',
  },
  { flags: '--group-ids', path: 'evb.groupId', description: 'offer group IDs in filters' },
  {
    flags: '--lldp-interval <s>',
    path: 'lldp.msgTxInterval',
    read: number,
    description: 'seconds between LLDPDUs (30)',
  },
  {
    flags: '--lldp-hold <n>',
    path: 'lldp.msgTxHold',
    read: number,
    description: 'intervals a neighbour keeps us (4)',
  },
  { flags: '--system-name <name>', path: 'lldp.systemName', description: 'name in LLDP (the host name)' },
  {
    flags: '--policy <policy>',
    path: 'policy',
    read: policy,
    role: 'bridge',
    description: 'accept-all, or the known VSI types: ID[:VERSION],...',
  },
  {
    flags: '--types <file>',
    path: 'types',
    role: 'bridge',
    description: 'file of VSI types (YAML or JSON), read again when it changes',
  },
  {
    flags: '--assign-vid <vid>',
    path: 'policy.assignVid',
    read: number,
    role: 'bridge',
    description: 'VID for filters that leave it to us, or none (1)',
  },
  {
    flags: '--data-plane <kind>',
    path: 'dataPlane',
    role: 'bridge',
    description: 'linux-bridge, or none: no frame is turned round or stopped (linux-bridge)',
  },
  {
    flags: '--no-enforce',
    path: 'traffic.enforce',
    role: 'bridge',
    description: 'let all frames pass, not only those of associated VSIs',
  },
  {
    flags: '--allow-station',
    path: 'traffic.allowStation',
    role: 'bridge',
    description: "let the station's own untagged frames pass without a VSI",
  },
  {
    flags: '--state <file>',
    path: 'state',
    role: 'station',
    description: 'keeps VSIs over a restart (/var/lib/qbg/station.json, $XDG_STATE_HOME/qbg/station.json)',
  },
  { flags: '--no-state', path: 'state', role: 'station', description: 'keep no VSIs over a restart' },
  {
    flags: '--drain',
    path: 'drain',
    role: 'station',
    description:
      'on leaving de-associate all VSIs, in 10 s at most; they are asked for again at the next start',
  },
  {
    flags: '--allow-lldpad',
    path: 'allowLldpad',
    role: 'station',
    description: 'start although lldpad runs, which must have other interfaces',
  },
  {
    flags: '--libvirt',
    path: 'libvirt.enabled',
    role: 'station',
    description: "serve libvirt's 802.1Qbg interfaces, in lldpad's place",
  },
  {
    flags: '--libvirt-pid-file <file>',
    path: 'libvirt.pidFile',
    role: 'station',
    description: 'where libvirt finds us (/var/run/lldpad.pid)',
  },
  {
    flags: '--record <file>',
    path: 'record',
    description: 'record everything that happens as JSONL, for replay',
  },
  {
    flags: '--metrics <address>',
    path: 'metrics',
    description: 'serve metrics for Prometheus: 9100 on loopback, or ADDRESS:PORT',
  },
  {
    flags: '--fault-seed <n>',
    path: 'faultSeed',
    read: number,
    description: 'has the chance of faults on purpose fall the same way again',
  },
  {
    flags: '--log-level <level>',
    path: 'logLevel',
    description: 'debug, info, warn, error or silent (info)',
  },
  { flags: '--log-file <file>', path: 'logFile', description: 'log to this file instead of standard error' },
]

export function addDaemonOptions(command: Command, role: Role): void {
  command.option('--config <file>', 'configuration file (YAML); options override it')
  for (const option of DAEMON_OPTIONS) {
    if (option.role === undefined || option.role === role) command.option(option.flags, option.description)
  }
}

/** The settings that the options given stand for, in the shape of the configuration file. */
export function settingsFromOptions(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const settings: Record<string, unknown> = {}
  for (const { flags, path, read } of DAEMON_OPTIONS) {
    const value = options[optionKey(flags)]
    // commander gives `--no-x` as x: true when it is absent
    if (value === undefined || (flags.startsWith('--no-') && value === true)) continue
    put(settings, path.split('.'), typeof value === 'string' && read ? read(value) : value)
  }
  return settings
}

/** The option a setting came from: `--rte` for `evb.rte`. */
export function optionOf(path: string): string | undefined {
  const fitting = DAEMON_OPTIONS.filter(
    (option) => path === option.path || path.startsWith(`${option.path}.`),
  )
  const [closest] = fitting.sort((a, b) => b.path.length - a.path.length)
  return closest?.flags.split(' ')[0]
}

/** `--lldp-interval <s>` is `lldpInterval` in commander, `--no-relay` is `relay`. */
function optionKey(flags: string): string {
  const name = flags.split(' ')[0]!.replace(/^--(no-)?/, '')
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())
}

function put(target: Record<string, unknown>, [key = '', ...rest]: readonly string[], value: unknown): void {
  if (rest.length === 0) {
    target[key] = value
    return
  }
  const inner = typeof target[key] === 'object' ? (target[key] as Record<string, unknown>) : {}
  target[key] = inner
  put(inner, rest, value)
}
