/**
 * lldpad as a neighbour that speaks the ratified protocol, in a network namespace of its own, with private /run and
 * /dev/shm so that several run side by side. It is only run, watched and asked by its own tools.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process'

/** Keys of lldpad's configuration for the EVB TLV; absent ones keep lldpad's defaults (R 3, RTE 8, RWD 20, RKA 20). */
export interface LldpadSettings {
  readonly ecpretries?: number
  readonly ecprte?: number
  readonly vdprwd?: number
  readonly vdprka?: number
  readonly evbgpid?: boolean
}

export interface LldpadPlace {
  /** Empty: that of this process. */
  readonly namespace: string
  readonly iface: string
  readonly role: 'station' | 'bridge'
}

/** A VSI as vdptool writes it: filters like `200-52:54:00:11:22:33-5000` (VID, MAC, group). */
export interface VdptoolVsi {
  readonly mode: 'assoc' | 'preassoc' | 'preassoc-rr' | 'deassoc'
  readonly uuid: string
  readonly filter: string | readonly string[]
  readonly typeId?: number
  readonly manager?: string
}

const PRIVATE = 'mount -t tmpfs t /run && mount -t tmpfs t /dev/shm && cat >/run/lldpad.conf'

export class Lldpad {
  readonly #place: LldpadPlace
  readonly #settings: LldpadSettings
  #process: ChildProcess | undefined
  #ended: Promise<void> = Promise.resolve()

  constructor(place: LldpadPlace, settings: LldpadSettings = {}) {
    this.#place = place
    this.#settings = settings
  }

  /** Resolves when its tools are answered. */
  async start(): Promise<void> {
    const script = `${PRIVATE} && exec lldpad -V 4 -f /run/lldpad.conf`
    const command = this.#inside('unshare', '-m', '--propagation', 'private', 'sh', '-c', script)
    const child = spawn('env', command, { stdio: ['pipe', 'ignore', 'pipe'] })
    let complaint = ''
    child.stderr.on('data', (part) => {
      complaint += part
    })
    this.#process = child
    this.#ended = new Promise((resolve) => child.once('close', () => resolve()))
    child.stdin.end(this.#configuration())
    await this.#untilAnswered(() => complaint)
  }

  get pid(): number {
    return this.#process!.pid!
  }

  /** SIGTERM leaves in order, with a shutdown LLDPDU. Resolves when the process is gone. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    this.#process?.kill('SIGCONT')
    this.#process?.kill(signal)
    this.#process = undefined
    await this.#ended
  }

  /** Neither hears nor speaks until `resume`; nobody on the wire is told. */
  pause(): void {
    this.#process?.kill('SIGSTOP')
  }

  resume(): void {
    this.#process?.kill('SIGCONT')
  }

  /** The EVB TLV it sends: `{ bridge: 'rrcap,rrctr(0x3)', retries: '3', rte: '14', rwd: '17', ... }`. */
  async evbTlv(): Promise<Record<string, string>> {
    const { iface } = this.#place
    const { stdout } = await this.#run('lldptool', '-t', '-i', iface, '-g', 'ncb', '-V', 'evb')
    return Object.fromEntries([...stdout.matchAll(/(\w+):(\S+)/g)].map((match) => [match[1]!, match[2]!]))
  }

  /** What it has heard from its neighbour, as text; empty when it has none. */
  async neighbor(): Promise<string> {
    const { iface } = this.#place
    return (await this.#run('lldptool', '-n', '-t', '-i', iface, '-g', 'ncb')).stdout
  }

  /**
   * As a station: asks its bridge for `vsi` and tells what came of it. Not in its first second: lldpad then calls the
   * device inactive, and goes on doing so.
   */
  async request(vsi: VdptoolVsi): Promise<{ answer: Record<string, string>; text: string }> {
    const { mode, uuid, filter, typeId = 5, manager = '1' } = vsi
    const filters = typeof filter === 'string' ? [filter] : filter
    const values = [`mode=${mode}`, `mgrid2=${manager}`, `typeid=${typeId}`, 'typeidver=4', `uuid=${uuid}`]
    const all = [...values, 'hints=none', ...filters.map((one) => `filter=${one}`)].flatMap((one) => [
      '-c',
      one,
    ])
    const { stdout, stderr } = await this.#vdptool('-T', '-W', '-V', mode, ...all)
    return { answer: pairs(stdout), text: stdout + stderr }
  }

  /** As a station: what it holds in a mode. */
  async held(mode: VdptoolVsi['mode'] = 'assoc'): Promise<Record<string, string>[]> {
    const { stdout } = await this.#vdptool('-t', '-V', mode)
    return stdout
      .split(/^VSI +\d+:$/m)
      .slice(1)
      .map(pairs)
  }

  #vdptool(...arguments_: readonly string[]) {
    return this.#run('vdptool', '-i', this.#place.iface, ...arguments_)
  }

  #run(program: string, ...arguments_: readonly string[]): Promise<Ran> {
    return new Promise((resolve) => {
      execFile('env', this.#inside(program, ...arguments_), { timeout: 30_000 }, (error, stdout, stderr) => {
        resolve({ ok: error === null, stdout, stderr })
      })
    })
  }

  #inside(...command: readonly string[]): string[] {
    const { namespace } = this.#place
    return namespace === '' ? [...command] : ['ip', 'netns', 'exec', namespace, ...command]
  }

  async #untilAnswered(complaint: () => string): Promise<void> {
    const deadline = performance.now() + 10_000
    while (!(await this.#run('lldptool', '-p')).ok) {
      if (performance.now() > deadline) throw new Error(`lldpad does not answer: ${complaint()}`)
      await new Promise((resolve) => setTimeout(resolve, 50))
    }
  }

  #configuration(): string {
    const { iface, role } = this.#place
    const flag = role === 'bridge' ? 'evbrrcap = true;' : 'evbrrreq = true;'
    const values = Object.entries(this.#settings).map(([key, value]) => `${key} = ${value};`)
    const evb = `enableTx = true; evbmode = "${role}"; ${flag} ${values.join(' ')}`
    return `nearest_customer_bridge : { ${iface} : { adminStatus = 3; tlvid0080c20d : { ${evb} }; }; };\n`
  }
}

interface Ran {
  readonly ok: boolean
  readonly stdout: string
  readonly stderr: string
}

/** Lines `key = value`; of a key that comes twice the last counts. */
function pairs(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^\s*([^=\n]+?)\s*[=:]\s(.*)$/gm)].map((match) => [match[1]!, match[2]!]),
  )
}
