/**
 * Ties the ports of a station to its state file: what is wanted of each VSI is kept there, and asked for again when
 * the daemon starts. Without the file a daemon works just as well, until it is restarted.
 */
import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { listVsis } from '../../protocol/engine/step.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { StateJson } from '../control/schema/status.ts'
import type { Log } from '../runtime/log.ts'
import { makeDirectory } from '../runtime/make-directory.ts'
import { describeError, OperationalError } from '../runtime/operational-error.ts'
import { systemDisk } from '../state/atomic-file.ts'
import { storedKey } from '../state/journal.ts'
import { lockState } from '../state/state-lock.ts'
import { isForeign, isStatePath } from '../state/state-path.ts'
import { StateWriter } from '../state/state-writer.ts'
import type { StoredVsi } from '../state/stored-vsi.ts'
import type { AgentPort } from './agent-port.ts'
import type { PortSource } from './port-set.ts'

/** For the last write: a disk that hangs does not keep the daemon. Milliseconds. */
const LAST_WRITE = 5000

export interface PersistenceOptions {
  readonly path: string
  readonly ports: PortSource
  readonly log: Log
  /** True for a VSI whose guest has gone meanwhile: it is ended instead. `rebooted`: the machine was, since it was stored. */
  readonly isGone?: (vsi: StoredVsi, rebooted: boolean) => boolean
}

export class Persistence {
  readonly #options: PersistenceOptions
  readonly #unwatch = new Map<AgentPort, () => void>()
  #unfollow = () => {}
  #unlock: (() => void) | undefined
  #writer: StateWriter | undefined
  #encode: typeof import('../state/stored-vsi.ts').encodeStoredVsi | undefined
  #problem: string | null = null
  /** Stored VSIs of ports this daemon does not have now. */
  readonly #foreign = new Map<VsiKey, StoredVsi>()
  /** Told of those that are asked for again because their port came later. */
  onRestored: (vsis: readonly StoredVsi[]) => void = () => {}

  constructor(options: PersistenceOptions) {
    this.#options = options
  }

  /** Throws OperationalError when another daemon keeps its VSIs in the same file, or the path is not one for them. */
  lock(): void {
    const { path } = this.#options
    let unlock: (() => void) | null
    try {
      if (!isStatePath(path)) throw notAFile(path)
      if (isForeign(path)) throw foreign(path)
      makeDirectory(dirname(path))
      unlock = lockState(path)
    } catch (error) {
      if (error instanceof OperationalError) throw error
      return this.#fail(error)
    }
    if (unlock === null) {
      throw new OperationalError('state-busy', 'another qbg keeps its VSIs there', {
        operation: `keep VSIs in ${path}`,
        hint: 'give each station a file of its own with --state PATH, or none with --no-state',
      })
    }
    this.#unlock = unlock
  }

  /** Asks for the VSIs of the file, which are returned; from then on it is kept up to date. Never rejects. */
  async restore(): Promise<readonly StoredVsi[]> {
    if (this.#unlock === undefined) return []
    try {
      return await this.#restore(this.#options.path)
    } catch (error) {
      this.#fail(error)
      return []
    }
  }

  /** Only now is what reads the file loaded: the first LLDPDU does not wait for it. */
  async #restore(path: string): Promise<StoredVsi[]> {
    const { loadState } = await import('../state/state-file.ts')
    const { encodeStoredVsi } = await import('../state/stored-vsi.ts')
    const { boot: before, vsis, journaled, warnings } = loadState(path)
    for (const warning of warnings) this.#options.log.warn({ path }, warning)
    const boot = bootId()
    this.#encode = encodeStoredVsi
    this.#writer = new StateWriter({
      path,
      disk: systemDisk,
      boot,
      stale: journaled || (vsis.length > 0 && before !== boot),
      lines: new Map(
        vsis.map((one) => [storedKey(one.port, formatVsiId(one.command.vsiId)), encodeStoredVsi(one)]),
      ),
      encode: (key) => this.#line(key),
      onProblem: (error) => (error === null ? this.#recovered() : this.#fail(error)),
    })
    return this.#give(vsis, before !== boot)
  }

  /** Each to its port, now or when the port comes; those of other ports stay stored. */
  #give(vsis: readonly StoredVsi[], rebooted: boolean): StoredVsi[] {
    const { ports, log, path } = this.#options
    for (const one of vsis) this.#foreign.set(formatVsiId(one.command.vsiId), one)
    const ours: StoredVsi[] = []
    let atStart = true
    const added = (port: AgentPort) => {
      const its = this.#adopt(port, rebooted)
      if (atStart) ours.push(...its)
      else this.onRestored(its)
    }
    this.#unfollow = ports.follow({ added, removed: (port) => this.#abandon(port) })
    atStart = false
    const others = this.#foreign.size
    if (others > 0) log.info({ path, vsis: others }, 'VSIs of interfaces that are not ours now stay stored')
    return ours
  }

  /** What is stored for a port is asked for again; what it has is stored from now on. */
  #adopt(port: AgentPort, rebooted: boolean): StoredVsi[] {
    const { log, path, isGone = () => false } = this.#options
    const its = [...this.#foreign.values()].filter((one) => one.port === port.name)
    for (const { command } of its) this.#foreign.delete(formatVsiId(command.vsiId))
    const gone = its.filter((one) => isGone(one, rebooted))
    const ours = its.filter((one) => !gone.includes(one))
    this.#unwatch.set(
      port,
      port.onVsiChange((vsi) => this.#changed(port, vsi)),
    )
    port.restore(ours)
    port.endStored(gone)
    const of = { path, port: port.name }
    if (gone.length > 0)
      log.info({ ...of, vsis: gone.length }, 'VSIs whose interfaces are gone are de-associated')
    if (ours.length > 0) log.info({ ...of, vsis: ours.length }, 'VSIs restored, to be asked for again')
    return ours
  }

  /** The port leaves: what it has stays stored until it is back. */
  #abandon(port: AgentPort): void {
    this.#unwatch.get(port)?.()
    this.#unwatch.delete(port)
    for (const { vsi } of listVsis(port.driver.state)) {
      const stored = storedVsi(port, vsi)
      if (stored) this.#foreign.set(vsi, stored)
    }
  }

  /** The VSIs as they are now are the ones to be restored: what leaving does to them is not stored. */
  async stop(): Promise<void> {
    this.#unfollow()
    for (const unwatch of this.#unwatch.values()) unwatch()
    this.#unwatch.clear()
    const flushed = this.#writer?.flush()
    if (flushed) await Promise.race([flushed, delay(LAST_WRITE, undefined, { ref: false })])
    this.#unlock?.()
  }

  toJson(): StateJson {
    return { path: this.#options.path, vsis: this.#writer?.size ?? 0, problem: this.#problem }
  }

  #changed(port: AgentPort, vsi: VsiKey): void {
    const elsewhere = this.#foreign.get(vsi)
    if (elsewhere !== undefined && port.findLive(vsi)) {
      this.#foreign.delete(vsi)
      this.#writer?.changed(storedKey(elsewhere.port, vsi))
    }
    this.#writer?.changed(storedKey(port.name, vsi))
  }

  #line(key: string): string | undefined {
    const [name = '', vsi = ''] = key.split(' ')
    const port = this.#options.ports.list.find((one) => one.name === name)
    const foreign = this.#foreign.get(vsi)
    const stored = port ? storedVsi(port, vsi) : foreign?.port === name ? foreign : undefined
    return stored && this.#encode?.(stored)
  }

  #fail(error: unknown): void {
    const { log, path } = this.#options
    this.#problem = describeError(error)
    log.warn(
      { path, err: error },
      `VSIs are not kept on disk, and would be lost by a restart: ${this.#problem}`,
    )
  }

  #recovered(): void {
    this.#problem = null
    this.#options.log.info({ path: this.#options.path }, 'VSIs are kept on disk again')
  }
}

function notAFile(path: string): OperationalError {
  return new OperationalError('file-not-writable', 'it is not a file', {
    operation: `keep VSIs in ${path}`,
    hint: 'name a file with --state, for example /var/lib/qbg/station.json; it is made when it is not there',
  })
}

function foreign(path: string): OperationalError {
  return new OperationalError('state-foreign', 'the file was not written by qbg, and is left as it is', {
    operation: `keep VSIs in ${path}`,
    hint: 'name a file that does not exist yet, or one of qbg, with --state PATH; or none with --no-state',
  })
}

/** What is to be found again of a VSI; undefined when nothing is wanted of it. */
export function storedVsi(port: AgentPort, vsi: VsiKey): StoredVsi | undefined {
  const live = port.findLive(vsi)
  const command = live ? live.wanted : port.missed(vsi)
  const belonging = port.belonging(vsi)
  if (!command || !belonging) return undefined
  const { owner, since, device, details } = belonging
  return { port: port.name, owner, since, command, device, details }
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
  } catch {
    return ''
  }
}
