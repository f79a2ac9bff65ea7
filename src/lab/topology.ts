/**
 * The lab's network: five namespaces, a switch that is a Linux bridge, and two VMs on macvlan in VEPA mode.
 *
 *     vm1 eth0 (macvlan) --+
 *                          +-- host uplink0 ===== swp1, switch br0, swp2 ===== server eth0
 *     vm2 eth0 (macvlan) --+
 *
 * The bridge has STP off: by itself it would forward 01-80-C2-00-00-00, and with it LLDP and ECP, to its other ports.
 * Nothing but iproute2 builds it; what stops frames is the bridge agent's.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { OperationalError } from '../runtime/operational-error.ts'

const run = promisify(execFile)

export const NAMESPACES = ['host', 'switch', 'vm1', 'vm2', 'server'] as const
export type Namespace = (typeof NAMESPACES)[number]

/** Addresses for documentation (RFC 5737), MAC addresses as libvirt gives them. */
export const VMS = [
  { name: 'vm1', address: '192.0.2.1', mac: '52:54:00:00:00:01' },
  { name: 'vm2', address: '192.0.2.2', mac: '52:54:00:00:00:02' },
] as const
export type Vm = (typeof VMS)[number]
export const SERVER = { name: 'server', address: '192.0.2.3' } as const

export const UPLINK = 'uplink0'
export const SWITCH_PORT = 'swp1'

const CABLES = [
  `-n host link add ${UPLINK} address 52:54:00:00:01:01 type veth peer name ${SWITCH_PORT} address 52:54:00:00:02:01 netns switch`,
  '-n server link add eth0 address 52:54:00:00:03:01 type veth peer name swp2 address 52:54:00:00:02:02 netns switch',
]

const SWITCH = [
  '-n switch link add br0 address 52:54:00:00:02:00 type bridge stp_state 0 forward_delay 0',
  `-n switch link set ${SWITCH_PORT} master br0`,
  '-n switch link set swp2 master br0',
]

const macvlan = ({ name, mac }: Vm) =>
  `-n host link add link ${UPLINK} name eth0 address ${mac} netns ${name} type macvlan mode vepa`

/** The kernel's own neighbour discovery would be in the way of counting. */
const up = (namespace: string, name: string) => [
  `-n ${namespace} link set ${name} addrgenmode none`,
  `-n ${namespace} link set ${name} up`,
]

const COMMANDS = [
  ...NAMESPACES.flatMap((name) => [`netns add ${name}`, `-n ${name} link set lo up`]),
  ...CABLES,
  ...SWITCH,
  ...['br0', SWITCH_PORT, 'swp2'].flatMap((name) => up('switch', name)),
  ...up('host', UPLINK),
  ...up('server', 'eth0'),
  ...VMS.flatMap((vm) => [macvlan(vm), ...up(vm.name, 'eth0')]),
  ...[...VMS, SERVER].map(({ name, address }) => `-n ${name} address add ${address}/24 dev eth0`),
]

/** Names of namespaces are kept in /run/netns: ours are in a file system that nobody else sees. */
export async function buildTopology(): Promise<void> {
  await command('mount', '-t', 'tmpfs', 'tmpfs', '/run')
  for (const one of COMMANDS) await command('ip', ...one.split(' '))
}

/** What was learned is forgotten, so that the next frame begins with ARP. */
export async function forgetNeighbors(): Promise<void> {
  for (const { name } of [...VMS, SERVER]) await command('ip', '-n', name, 'neigh', 'flush', 'dev', 'eth0')
}

/** As a VM does that pretends to be another one, or takes it back. */
export async function setAddress({ name }: Vm, mac: string): Promise<void> {
  await command('ip', '-n', name, 'link', 'set', 'eth0', 'address', mac)
}

export interface BridgePortState {
  readonly hairpin: boolean
  readonly state: string
}

export const READ_PORT = ['-n', 'switch', '-d', '-j', 'link', 'show', 'dev', SWITCH_PORT] as const

/** The switch port as the kernel has it, asked through iproute2 and not through our own code. */
export async function readSwitchPort(): Promise<BridgePortState> {
  const [port] = JSON.parse(await command('bridge', ...READ_PORT)) as BridgePortState[]
  return { hairpin: port?.hairpin === true, state: port?.state ?? 'absent' }
}

/** A command line that runs in one of the namespaces. */
export function insideNamespace(namespace: string, ...command: readonly string[]): string[] {
  return ['nsenter', `--net=/run/netns/${namespace}`, ...command]
}

/** What it said. Throws OperationalError. */
async function command(program: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await run(program, args, { encoding: 'utf8' })
    return stdout
  } catch (cause) {
    const said = (cause as { stderr?: string }).stderr?.trim() || String(cause)
    const operation = `${program} ${args.join(' ')}`
    throw new OperationalError('system-call-failed', said.split('\n')[0]!, { operation })
  }
}
