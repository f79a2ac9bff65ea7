/**
 * Ends the VSIs of libvirt's whose macvtap is gone: nobody else tells. libvirt does not de-associate after a failed
 * start, and a killed one not at all. A VSI whose interface was never seen here is left alone: it may be a container's,
 * moved into its namespace. What an event costs does not depend on how many interfaces or VSIs there are.
 */
import { listVsis } from '../../protocol/engine/step.ts'
import { formatVsiId, type VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import type { Link, LinkSource } from '../netlink/link.ts'
import { MacIndex } from '../netlink/mac-index.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { StoredVsi } from '../state/stored-vsi.ts'
import type { AgentPort } from './agent-port.ts'
import type { PortSource } from './port-set.ts'

const MACVTAP = 'macvtap'
/** An interface that is renamed or made anew is away for a moment. Milliseconds. */
const GRACE = 1000

export interface GuestLinksOptions {
  readonly ports: PortSource
  readonly links: LinkSource
  readonly clock: Clock
  readonly log: Log
}

/** A VSI that libvirt asked for. */
interface Guest {
  readonly port: AgentPort
  readonly vsi: VsiKey
  readonly macs: readonly MacAddress[]
  /** Index of the macvtap it was seen on. */
  index?: number
}

export class GuestLinks {
  readonly #options: GuestLinksOptions
  readonly #macvtaps: MacIndex
  /** By port and VSI. */
  readonly #guests = new Map<string, Guest>()
  readonly #byIndex = new Map<number, Guest>()
  /** Those without an interface, by address: it may be seen later than the request. */
  readonly #unseen = new Map<MacAddress, Guest>()
  readonly #undo = new Set<() => void>()

  /** Watches interfaces from now on, and VSIs from `start` on. */
  constructor(options: GuestLinksOptions) {
    this.#options = options
    this.#macvtaps = new MacIndex(options.links, MACVTAP)
    this.#undo.add(options.links.observe((index, link) => this.#linkChanged(index, link)))
  }

  /**
   * True when the interface of a stored VSI has gone while nobody looked. In the same boot it may still be where it
   * was, under an address that the guest has changed.
   */
  isGone({ owner, command, device }: StoredVsi, rebooted: boolean): boolean {
    if (owner !== 'libvirt' || this.#macvtaps.find(macsIn(command.filter)) !== undefined) return false
    if (rebooted || device === undefined) return rebooted
    return this.#options.links.byIndex(device.index)?.name !== device.name
  }

  /** `vsis`: those that were restored. */
  start(vsis: readonly StoredVsi[]): void {
    const { ports } = this.#options
    this.#undo.add(
      ports.follow({
        added: (port) => {
          this.#undo.add(port.onVsiChange((vsi) => this.#follow(port, vsi)))
          for (const { vsi } of listVsis(port.driver.state)) this.#follow(port, vsi)
        },
        removed: (port) => {
          for (const guest of [...this.#guests.values()]) if (guest.port === port) this.#forget(guest)
        },
      }),
    )
    for (const { port: name, command, device } of vsis) {
      const port = ports.list.find((one) => one.name === name)
      const vsi = formatVsiId(command.vsiId)
      if (port === undefined) continue
      this.#follow(port, vsi)
      const guest = this.#guests.get(keyOf(port, vsi))
      if (guest && guest.index === undefined && device) this.#attach(guest, device.index)
    }
  }

  stop(): void {
    for (const undo of this.#undo) undo()
    this.#undo.clear()
  }

  /** Somebody asked for the VSI, or something became of it. */
  #follow(port: AgentPort, vsi: VsiKey): void {
    const key = keyOf(port, vsi)
    const known = this.#guests.get(key)
    const live = port.belonging(vsi)?.owner === 'libvirt' ? port.findLive(vsi) : undefined
    const macs = live ? macsIn(live.command.filter) : []
    if (known && live && macs.join() === known.macs.join()) return
    if (known) this.#forget(known)
    if (live === undefined) return
    const guest: Guest = { port, vsi, macs }
    this.#guests.set(key, guest)
    const index = this.#macvtaps.find(macs)
    if (index !== undefined) this.#attach(guest, index)
    else for (const mac of macs) this.#unseen.set(mac, guest)
  }

  #attach(guest: Guest, index: number): void {
    this.#detach(guest)
    guest.index = index
    this.#byIndex.set(index, guest)
    const name = this.#options.links.byIndex(index)?.name
    if (name !== undefined) guest.port.setDevice(guest.vsi, { index, name })
  }

  #detach(guest: Guest): void {
    for (const mac of guest.macs) if (this.#unseen.get(mac) === guest) this.#unseen.delete(mac)
    if (guest.index !== undefined && this.#byIndex.get(guest.index) === guest) {
      this.#byIndex.delete(guest.index)
    }
  }

  #forget(guest: Guest): void {
    this.#detach(guest)
    this.#guests.delete(keyOf(guest.port, guest.vsi))
  }

  #linkChanged(index: number, link: Link | null): void {
    this.#macvtaps.update(index, link)
    const guest = this.#byIndex.get(index)
    if (link === null) {
      if (guest) this.#lookAgain(guest, index)
      return
    }
    const waiting = link.kind === MACVTAP ? this.#unseen.get(link.mac) : undefined
    if (waiting && guest === undefined) this.#attach(waiting, index)
  }

  /** After the grace: the interface may be back, or another one have taken its place. */
  #lookAgain(guest: Guest, index: number): void {
    const { clock, links } = this.#options
    const takeBack = clock.wakeAt(clock.now() + GRACE, () => {
      this.#undo.delete(takeBack)
      if (this.#byIndex.get(index) !== guest || links.byIndex(index) !== undefined) return
      const other = this.#macvtaps.find(guest.macs)
      if (other === undefined) this.#end(guest)
      else this.#attach(guest, other)
    })
    this.#undo.add(takeBack)
  }

  #end(guest: Guest): void {
    const { port, vsi } = guest
    this.#forget(guest)
    this.#options.log.info({ port: port.name, vsi }, 'the interface of this VSI is gone: it is de-associated')
    port.ask([{ owner: 'libvirt', vsi, command: null, answer: () => {} }])
  }
}

function macsIn({ entries }: StoredVsi['command']['filter']): MacAddress[] {
  return entries.flatMap(({ mac }) => (mac === undefined ? [] : [mac]))
}

function keyOf(port: AgentPort, vsi: VsiKey): string {
  return `${port.name} ${vsi}`
}
