/**
 * The data plane of a bridge whose ports are not all interfaces: an EtherIP link carries no data frames, so there is
 * nothing to stop on it and nothing to turn round. The kernel's part begins with the first port that is an interface.
 */
import type { DataPlane, PlaneView, PlannedPort, VsiRefusals, VsiTraffics } from '../data-plane/data-plane.ts'
import { NoDataPlane } from '../data-plane/no-data-plane.ts'
import { isEtherIpName } from '../io/etherip-name.ts'
import type { Link } from '../netlink/link.ts'

export class DataPlaneByPort implements DataPlane {
  readonly #kernel: DataPlane
  readonly #none = new NoDataPlane()
  #started = false

  constructor(kernel: DataPlane) {
    this.#kernel = kernel
  }

  get kind() {
    return this.#kernel.kind
  }

  get guards(): boolean {
    return this.#kernel.guards
  }

  start(ports: readonly PlannedPort[]): void {
    const interfaces = ports.filter(({ name }) => !isEtherIpName(name))
    this.#none.start(ports.filter(({ name }) => isEtherIpName(name)))
    if (interfaces.length > 0) this.#startKernel(interfaces)
  }

  addPort(port: PlannedPort): void {
    if (isEtherIpName(port.name)) this.#none.addPort(port)
    else if (this.#started) this.#kernel.addPort(port)
    else this.#startKernel([port])
  }

  removePort(name: string): void {
    this.#of(name).removePort(name)
  }

  setLink(port: string, link: Link | null): void {
    if (!isEtherIpName(port)) this.#kernel.setLink(port, link)
  }

  setStation(...[port, mac]: Parameters<DataPlane['setStation']>): void {
    if (!isEtherIpName(port)) this.#kernel.setStation(port, mac)
  }

  setVsis(port: string, wanted: VsiTraffics): VsiRefusals {
    return this.#of(port).setVsis(port, wanted)
  }

  canRelay(link: Link | null | undefined): boolean {
    return this.#kernel.canRelay(link)
  }

  setRelay(port: string, enabled: boolean): void {
    if (!isEtherIpName(port)) this.#kernel.setRelay(port, enabled)
  }

  restoreRelay(port: string): void {
    this.#of(port).restoreRelay(port)
  }

  inspect(): PlaneView {
    const { kind, table, ports } = this.#kernel.inspect()
    return { kind, table, ports: [...ports, ...this.#none.inspect().ports] }
  }

  stop(): void {
    if (this.#started) this.#kernel.stop()
  }

  #startKernel(ports: readonly PlannedPort[]): void {
    this.#started = true
    this.#kernel.start(ports)
  }

  #of(port: string): DataPlane {
    return isEtherIpName(port) ? this.#none : this.#kernel
  }
}
