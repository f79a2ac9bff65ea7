/**
 * What some tests need beyond Node. A test whose requirement is missing is skipped, and its title says what is
 * missing; with QBG_REQUIRE_ALL=1 it fails instead, so that a complete run cannot pass by skipping.
 *
 *     requires('namespaces')('a frame crosses a veth pair', () => { ... })
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'vitest'
import { MAIN } from './cli.ts'

export type Requirement =
  | 'namespaces'
  | 'ordinary-user'
  | 'two-capabilities'
  | 'bridge'
  | 'macvlan'
  | 'macvtap'
  | 'nftables'
  | 'lldpad'
  | 'systemd'
  | 'tshark'
  | 'libvirt'
  | 'chromium'

type Body = () => void | Promise<void>
/** As vitest's `test(title, body, timeout)`. */
export type ConditionalTest = (title: string, body: Body, timeout?: number) => void

/** Undefined when it is there, otherwise what is missing, in words. */
type Probe = () => string | undefined

const PROBES: Readonly<Record<Requirement, Probe>> = {
  namespaces: () =>
    process.env.QBG_IN_NAMESPACES === '1'
      ? undefined
      : `namespaces: ${process.env.QBG_NO_NAMESPACES ?? 'this file is not run by the namespace pool'}`,
  'ordinary-user': ordinaryUser,
  'two-capabilities': twoCapabilities,
  bridge: () => linkKind('bridge'),
  macvlan: () => linkKind('macvlan'),
  macvtap: () => linkKind('macvtap'),
  nftables: () => program('nft', '--version'),
  lldpad: () => program('lldpad', '-v'),
  systemd: () => program('systemd-analyze', '--version'),
  tshark: () => program('tshark', '--version'),
  libvirt,
  chromium: () => program('chromium', '--version'),
}

const found = new Map<Requirement, string | undefined>()

/** Undefined when all are there, otherwise what is missing. */
export function missing(...requirements: readonly Requirement[]): string | undefined {
  for (const requirement of requirements) {
    if (!found.has(requirement)) found.set(requirement, PROBES[requirement]())
    const what = found.get(requirement)
    if (what !== undefined) return what
  }
  return undefined
}

/** A `test` that runs only where everything it needs is there. */
export function requires(...requirements: readonly Requirement[]): ConditionalTest {
  const what = missing(...requirements)
  if (what === undefined) return (title, body, timeout) => test(title, body, timeout)
  if (process.env.QBG_REQUIRE_ALL === '1') {
    return (title) =>
      test(title, () => {
        throw new Error(`missing: ${what}`)
      })
  }
  return (title) => test.skip(`${title} [missing: ${what}]`)
}

function program(name: string, argument: string): string | undefined {
  const { error } = spawnSync(name, [argument], { stdio: 'ignore' })
  return error === undefined ? undefined : `the program ${name}`
}

/** libvirtd runs as root only, and its domains' interfaces are character devices that a user's namespace has not. */
function libvirt(): string | undefined {
  const programs: readonly string[] = ['libvirtd', 'virsh', 'qemu-system-x86_64']
  const absent = programs.map((name) => program(name, '--version')).find((what) => what !== undefined)
  if (absent !== undefined) return absent
  if (!isRealRoot()) return 'root, for libvirt'
  return linkKind('macvtap') ?? linkKind('vxlan id 1 remote 192.0.2.1 dstport 4789')
}

/** Root can be another user for a while; whoever is not root is one already. */
function ordinaryUser(): string | undefined {
  const absent = PROBES.namespaces()
  if (absent !== undefined || !isRealRoot()) return absent
  const { status, stderr, error } = spawnSync(
    AS_NOBODY[0],
    [...AS_NOBODY.slice(1), 'unshare', '-Urn', 'true'],
    {
      encoding: 'utf8',
    },
  )
  return status === 0 ? undefined : `namespaces for an ordinary user: ${error?.message ?? stderr.trim()}`
}

/** Root can start a program as the service runs: another user, who has to be able to read it. */
function twoCapabilities(): string | undefined {
  const absent = PROBES.namespaces()
  if (absent !== undefined) return absent
  if (!isRealRoot()) return 'root, to start a daemon with two capabilities only'
  const [program, ...rest] = [...AS_SERVICE, process.execPath, MAIN, 'version']
  const { status, stderr, error } = spawnSync(program!, rest, { encoding: 'utf8' })
  return status === 0 ? undefined : `another user who can run qbg: ${error?.message ?? stderr.trim()}`
}

/** As the service in `src/systemd` runs: a user who is not root, with what a daemon needs and nothing else. */
export const AS_SERVICE = [
  'setpriv',
  '--reuid=65534',
  '--regid=65534',
  '--clear-groups',
  '--inh-caps=-all,+net_raw,+net_admin',
  '--ambient-caps=-all,+net_raw,+net_admin',
  '--bounding-set=-all,+net_raw,+net_admin',
  '--no-new-privs',
] as const

/** Puts the program that follows under a user without any privilege. */
export const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] as const

/** Not the root of a user namespace, who is an ordinary user outside. Source: user_namespaces(7). */
export function isRealRoot(): boolean {
  return /^\s*0\s+0\s+4294967295/.test(readFileSync('/proc/self/uid_map', 'utf8')) && process.getuid?.() === 0
}

/** Asks inside the test's own namespace only; the kernel loads the driver, or has none. */
function linkKind(kind: string): string | undefined {
  const absent = PROBES.namespaces()
  if (absent !== undefined) return absent
  const lower = kind.startsWith('macv') ? ['link', 'probe1'] : []
  spawnSync('ip', ['link', 'add', 'probe1', 'type', 'veth', 'peer', 'name', 'probe2'])
  const { status } = spawnSync('ip', ['link', 'add', ...lower, 'name', 'probe0', 'type', ...kind.split(' ')])
  spawnSync('ip', ['link', 'del', 'probe0'])
  spawnSync('ip', ['link', 'del', 'probe1'])
  return status === 0 ? undefined : `${kind} interfaces in this kernel`
}
