/**
 * A host with libvirtd and qemu, unmodified, in a mount namespace of its own: private /run and directories of libvirt,
 * nothing of the machine is changed. The network namespace is the caller's, or a named one. `virsh` reaches it
 * through a socket in its directory.
 *
 * About half of all libvirtds cannot do 802.1Qbg, by the second of their start (src/README.md): here libnl is left no
 * port that libvirt takes for an error, or no other one.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

const RUNNER = new URL('run-typescript.mjs', import.meta.url).pathname
const HOLDER = new URL('../netns/programs/hold-netlink-ports.ts', import.meta.url).pathname

/**
 * Debian's libvirt wants the user libvirt-qemu, which only its whole daemon package makes. When whoever holds the host
 * is gone, however, nothing of it stays: qemu is nobody's child.
 */
const PREPARE = `
set -e
for d in /run /dev/shm /etc/libvirt /var/lib/libvirt /var/cache/libvirt /var/log/libvirt; do
  mkdir -p $d
  mount -t tmpfs tmpfs $d
done
mkdir -p /run/lock /run/libvirt "$CACHE"
mount --bind "$CACHE" /var/cache/libvirt
cp /etc/passwd /etc/group /run
echo 'libvirt-qemu:x:64055:64055::/var/lib/libvirt:/usr/sbin/nologin' >> /run/passwd
echo 'libvirt-qemu:x:64055:' >> /run/group
mount --bind /run/passwd /etc/passwd
mount --bind /run/group /etc/group
hostname "$HOST"
printf %s "$QEMU" > /etc/libvirt/qemu.conf
printf %s "$LIBVIRTD" > /etc/libvirt/libvirtd.conf
echo ready
trap '' INT TERM
cat
for file in /run/libvirtd.pid /run/libvirt/qemu/*.pid; do
  [ -s "$file" ] && kill -9 "$(cat "$file")"
done
true
`

const QEMU = `user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
`

const libvirtdConf = (directory: string, number: number) => `unix_sock_dir = "${directory}"
auth_unix_rw = "none"
auth_unix_ro = "none"
host_uuid = "11111111-2222-3333-4444-${String(number).padStart(12, '0')}"
log_filters = "1:util.netdevvportprofile 1:util.netdevmacvlan 3:event 3:util.object 3:rpc"
log_outputs = "1:file:${join(directory, 'libvirtd.log')}"
`

export interface Ran {
  readonly ok: boolean
  /** Standard output and standard error. */
  readonly text: string
  readonly milliseconds: number
}

export class LibvirtHost {
  readonly #directory: string
  readonly #holder: ChildProcess
  readonly #children = new Set<ChildProcess>()
  #libvirtd: ChildProcess | undefined
  libvirtdPid = 0

  private constructor(directory: string, holder: ChildProcess) {
    this.#directory = directory
    this.#holder = holder
  }

  /** `number` tells hosts apart. What libvirt has found out of qemu, which takes seconds, is kept beside `directory`. */
  static async prepare(directory: string, number = 1, namespace?: string): Promise<LibvirtHost> {
    mkdirSync(directory, { recursive: true })
    const inside = namespace === undefined ? [] : ['ip', 'netns', 'exec', namespace]
    const [program, ...rest] = [
      ...inside,
      'unshare',
      '-m',
      '-u',
      '--propagation',
      'private',
      'sh',
      '-c',
      PREPARE,
    ]
    const env = {
      ...process.env,
      HOST: `host${number}`,
      QEMU,
      LIBVIRTD: libvirtdConf(directory, number),
      CACHE: join(directory, '../cache'),
    }
    const holder = spawn(program!, rest, { env, stdio: ['pipe', 'pipe', 'inherit'] })
    await firstLine(holder)
    return new LibvirtHost(directory, holder)
  }

  /** Put before a command, runs it on this host, in the place of `nsenter`. */
  get inside(): readonly string[] {
    return ['nsenter', '-t', String(this.#holder.pid), '-m', '-n', '-u']
  }

  get log(): string {
    return readFileSync(join(this.#directory, 'libvirtd.log'), 'utf8')
  }

  get uri(): string {
    return `qemu+unix:///system?socket=${this.#directory}/libvirt-sock`
  }

  /** Resolves when `virsh` is answered. */
  async startLibvirtd(ports: 'usable' | 'unusable' = 'usable'): Promise<void> {
    const script = 'echo $$; read go; ulimit -n 4096; exec libvirtd'
    const libvirtd = this.#spawn('sh', '-c', script)
    this.#libvirtd = libvirtd
    this.libvirtdPid = Number(await firstLine(libvirtd))
    const held = ports === 'usable' ? 'high' : 'low'
    const holder = this.#spawn(process.execPath, RUNNER, HOLDER, String(this.libvirtdPid), held)
    await firstLine(holder)
    libvirtd.stdin!.write('go\n')
    const deadline = performance.now() + 60_000
    while (!(await this.virsh('version')).ok) {
      if (performance.now() > deadline || libvirtd.exitCode !== null)
        throw new Error(`no libvirtd: ${this.log.slice(-2000)}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
    holder.kill()
    await ended(holder)
  }

  /** Domains go on. */
  async stopLibvirtd(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const libvirtd = this.#libvirtd
    this.#libvirtd = undefined
    if (libvirtd === undefined) return
    libvirtd.kill(signal)
    await ended(libvirtd)
  }

  virsh(...args: readonly string[]): Promise<Ran> {
    const start = performance.now()
    return new Promise((resolve) => {
      execFile('virsh', ['-q', '-c', this.uri, ...args], { timeout: 90_000 }, (error, stdout, stderr) => {
        const milliseconds = performance.now() - start
        resolve({ ok: error === null, text: `${stdout}${stderr}`.trim(), milliseconds })
      })
    })
  }

  /** Nothing is left running, whatever happened. */
  async clear(): Promise<void> {
    if (this.#libvirtd) {
      const names = (await this.virsh('list', '--name')).text.split('\n').filter((name) => name !== '')
      for (const name of names) await this.virsh('destroy', name)
    }
    await this.stopLibvirtd('SIGKILL')
    for (const child of this.#children) child.kill('SIGKILL')
    this.#holder.stdin!.end()
    await ended(this.#holder)
  }

  #spawn(...command: readonly string[]): ChildProcess {
    const [program, ...rest] = [...this.inside, ...command]
    const child = spawn(program!, rest, { stdio: ['pipe', 'pipe', 'ignore'] })
    this.#children.add(child)
    child.once('close', () => this.#children.delete(child))
    return child
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve)
    child.once('close', (status) => reject(new Error(`${child.spawnargs.join(' ')} ended with ${status}`)))
  })
}

function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve()
  return new Promise((resolve) => child.once('close', () => resolve()))
}
