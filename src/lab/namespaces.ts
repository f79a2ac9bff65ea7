/**
 * Which namespaces this user can have: as root network, mount and process namespaces; as anybody else, or as a
 * root without privileges, the same within a user namespace. Tried out, because no file says it reliably.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { OperationalError } from '../runtime/operational-error.ts'

const PLAIN = ['--mount', '--net', '--pid', '--fork', '--kill-child'] as const
const WITHIN_USER = ['--user', '--map-root-user', ...PLAIN] as const

/** What the lab does first, with what it needs of the kernel. */
const TRIAL = `
mount -t tmpfs tmpfs /run && ip link set lo up &&
ip link add probe0 type bridge && ip link add probe1 type veth peer name probe2 &&
ip link add probe3 link probe1 type macvlan mode vepa`

const PROGRAMS = [
  ['ip', '-V', 'iproute2'],
  ['bridge', '-V', 'iproute2'],
  ['unshare', '-V', 'util-linux'],
  ['nsenter', '-V', 'util-linux'],
  ['mount', '-V', 'util-linux or mount'],
] as const

/** Arguments of `unshare` that work here. Throws OperationalError. */
export function findNamespaces(): readonly string[] {
  requirePrograms()
  const candidates = process.getuid?.() === 0 ? [PLAIN, WITHIN_USER] : [WITHIN_USER]
  const refusals: string[] = []
  for (const flags of candidates) {
    const refusal = tryOut(flags)
    if (refusal === undefined) return flags
    refusals.push(refusal)
  }
  throw refused(refusals[0]!)
}

function requirePrograms(): void {
  if (process.platform !== 'linux') throw cannotRun(`not on ${process.platform}`, 'it needs Linux')
  for (const [program, argument, from] of PROGRAMS) {
    const { error } = spawnSync(program, [argument], { stdio: 'ignore' })
    if (error) throw cannotRun(`no program "${program}" here`, `install the package ${from}`)
  }
}

function tryOut(flags: readonly string[]): string | undefined {
  const { status, stderr } = spawnSync('unshare', [...flags, '--', 'sh', '-c', TRIAL], { encoding: 'utf8' })
  if (status === 0) return undefined
  return stderr.trim().split('\n')[0] || `unshare ended with status ${status}`
}

function refused(said: string): OperationalError {
  if (/unknown device type|not supported/i.test(said)) {
    const hint = 'load the kernel modules: modprobe -a bridge veth macvlan (as root), then try again'
    return new OperationalError('unsupported-by-kernel', said, { operation: 'make the lab', hint })
  }
  return new OperationalError('not-permitted', said, {
    operation: 'make namespaces for the lab',
    hint: hintForUser(),
  })
}

/** The switches of kernels and distributions that take user namespaces away. */
function hintForUser(): string {
  if (sysctl('kernel/apparmor_restrict_unprivileged_userns') === '1') {
    return 'run it as root, or allow it: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0'
  }
  if (sysctl('kernel/unprivileged_userns_clone') === '0') {
    return 'run it as root, or allow it: sudo sysctl -w kernel.unprivileged_userns_clone=1'
  }
  if (sysctl('user/max_user_namespaces') === '0') {
    return 'run it as root, or allow it: sudo sysctl -w user.max_user_namespaces=10000'
  }
  return 'run it as root; in a container, give it the right to make namespaces (docker run --privileged)'
}

function sysctl(name: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${name}`, 'utf8').trim()
  } catch {
    return undefined
  }
}

function cannotRun(reason: string, hint: string): OperationalError {
  return new OperationalError('unsupported-platform', reason, { operation: 'run the lab', hint })
}
