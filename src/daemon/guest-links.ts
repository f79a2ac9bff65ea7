/**
 * Ends the VSIs of libvirt's whose macvtap is gone: nobody else tells. libvirt does not de-associate after a failed
 * start, and a killed one not at all. A VSI whose interface was never seen here is left alone: it may be a container's,
 * moved into its namespace.
 */
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { StoredVsi } from '../state/stored-vsi.ts'
import type { AgentPort } from './agent-port.ts'
import type { Restored } from './persistence.ts'

/** An interface that is renamed or made anew is away for a moment. Milliseconds. */
const GRACE = 1000

export interface GuestLinksOptions {
  readonly ports: readonly AgentPort[]
  readonly links: LinkSource
  readonly clock: Clock
  readonly log: Log
}

/** A VSI with the interface it was seen on. */
interface Guest {
  readonly port: AgentPort
  readonly vsi: VsiKey
}

export class GuestLinks {
  readonly #options: GuestLinksOptions
  /** By interface index. */
  readonly #guests = new Map<number, Guest>()
  /** Addresses and interface index that were found for a VSI, by port and VSI. */
  readonly #seen = new Map<string, { readonly macs: string; readonly index: number }>()
  readonly #undo = new Set<() => void>()

  constructor(options: GuestLinksOptions) {
    this.#options = options
  }

  /** Ends what has lost its interface meanwhile, and watches from now on. */
  start({ vsis, rebooted }: Restored): void {
    const { ports, links } = this.#options
    for (const port of ports) {
      this.#undo.add(port.onVsiChange((vsi) => this.#follow({ port, vsi })))
      for (const stored of vsis) if (stored.port === port.name) this.#adopt(port, stored, rebooted)
    }
    this.#undo.add(links.observe((index, link) => link === null && this.#gone(index)))
  }

  stop(): void {
    for (const undo of this.#undo) undo()
    this.#undo.clear()
  }

  /** In the same boot it may still be where it was, under an address that the guest has changed. */
  #adopt(port: AgentPort, { command, device }: StoredVsi, rebooted: boolean): void {
    const guest = { port, vsi: formatVsiId(command.vsiId) }
    if (!this.#isLibvirts(guest) || this.#find(macsOf(guest))) return this.#follow(guest)
    const there = device !== undefined && this.#options.links.byIndex(device.index)?.name === device.name
    if (!rebooted && there) this.#guests.set(device.index, guest)
    else if (rebooted || device !== undefined) this.#end(guest)
  }

  /** Somebody asked for the VSI, or something became of it. */
  #follow(guest: Guest): void {
    const key = `${guest.port.name} ${guest.vsi}`
    const seen = this.#seen.get(key)
    if (!this.#isLibvirts(guest)) {
      if (seen) this.#guests.delete(seen.index)
      this.#seen.delete(key)
      return
    }
    const macs = macsOf(guest)
    if (seen?.macs === macs.join()) return
    const link = this.#find(macs)
    if (link?.kind !== 'macvtap') return
    const { index, name } = link
    if (seen) this.#guests.delete(seen.index)
    this.#seen.set(key, { macs: macs.join(), index })
    this.#guests.set(index, guest)
    guest.port.setDevice(guest.vsi, { index, name })
  }

  #gone(index: number): void {
    const guest = this.#guests.get(index)
    if (guest === undefined) return
    const { clock, links } = this.#options
    const takeBack = clock.wakeAt(clock.now() + GRACE, () => {
      this.#undo.delete(takeBack)
      if (links.byIndex(index) !== undefined || this.#guests.get(index) !== guest) return
      this.#guests.delete(index)
      this.#seen.delete(`${guest.port.name} ${guest.vsi}`)
      if (this.#isLibvirts(guest) && this.#find(macsOf(guest)) === undefined) this.#end(guest)
      else this.#follow(guest)
    })
    this.#undo.add(takeBack)
  }

  #end({ port, vsi }: Guest): void {
    this.#options.log.info({ port: port.name, vsi }, 'the interface of this VSI is gone: it is de-associated')
    port.ask([{ owner: 'libvirt', vsi, command: null, answer: () => {} }])
  }

  #isLibvirts({ port, vsi }: Guest): boolean {
    return port.findLive(vsi) !== undefined && port.belonging(vsi)?.owner === 'libvirt'
  }

  #find(macs: readonly string[]): Link | undefined {
    return this.#options.links.list().find(({ mac }) => macs.includes(mac))
  }
}

function macsOf({ port, vsi }: Guest): string[] {
  const entries = port.findLive(vsi)?.command.filter.entries ?? []
  return entries.flatMap(({ mac }) => (mac === undefined ? [] : [mac]))
}
