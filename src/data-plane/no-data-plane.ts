/** The data plane that touches nothing: no frame is turned round, none is stopped. For trying the protocol alone. */
import {
  type DataPlane,
  NONE_REFUSED,
  type PlaneView,
  type PlannedPort,
  type VsiRefusals,
} from './data-plane.ts'

export class NoDataPlane implements DataPlane {
  readonly kind = 'none'
  readonly guards = false
  readonly #ports = new Map<string, PlannedPort>()

  start(ports: readonly PlannedPort[]): void {
    for (const port of ports) this.addPort(port)
  }

  addPort(port: PlannedPort): void {
    this.#ports.set(port.name, port)
  }

  removePort(name: string): void {
    this.#ports.delete(name)
  }

  setLink(): void {}
  setStation(): void {}

  setVsis(): VsiRefusals {
    return NONE_REFUSED
  }

  canRelay(): boolean {
    return false
  }

  setRelay(): void {}
  restoreRelay(): void {}

  inspect(): PlaneView {
    const ports = [...this.#ports.values()].map(({ name, traffic }) => ({
      name,
      bridge: null,
      enforced: false,
      untaggedVid: traffic.untaggedVid,
      hairpin: null,
      found: null,
      vsis: 0,
      elements: { wanted: 0, missing: [], surplus: [] },
      refused: null,
      inOrder: true,
    }))
    return { kind: this.kind, table: null, ports }
  }

  stop(): void {}
}
