/**
 * Two hosts on one switch: a bridge daemon with the ports swp1 and swp2, and a station daemon behind each, composed as the
 * real ones are, on links in memory and virtual time. Types are those a test tells, at once or when it says so.
 */
import type { VsiReport } from '../../protocol/engine/effect.ts'
import type { VsiCommand } from '../../protocol/engine/input.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import type { DaemonSettings } from '../../src/control/schema/daemon-settings.ts'
import type { EventAnswer } from '../../src/control/schema/event.ts'
import { composeDaemon, type Daemon, type Ground } from '../../src/daemon/compose.ts'
import { planPorts } from '../../src/daemon/settings.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { createLog } from '../../src/runtime/log.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { ToldTypes } from './admission-bench.ts'
import { memoryPlane, ToldLinks } from './daemons.ts'

const PORT = { master: 9, masterKind: 'bridge', bridgePort: { state: 'forwarding', hairpin: false } } as const

export class TwoHosts {
  readonly clock = new VirtualClock()
  readonly types = new ToldTypes()
  readonly bridge: Daemon
  readonly hosts: readonly [Daemon, Daemon]
  readonly events: EventAnswer[] = []
  readonly reports: (VsiReport & { readonly host: number })[] = []
  readonly #wires: readonly MemoryLink[]

  constructor(settings: DaemonSettings = {}) {
    this.#wires = [1, 2].map((n) => new MemoryLink({ clock: this.clock, names: [`sta${n}`, `swp${n}`] }))
    this.bridge = this.#compose('bridge', ['swp1', 'swp2'], settings)
    this.hosts = [this.#compose('station', ['sta1'], settings), this.#compose('station', ['sta2'], settings)]
    this.bridge.agent.subscribe((event) => this.events.push(event))
    for (const [host, daemon] of this.hosts.entries()) {
      daemon.ports[0]!.driver.on('vsi.reported', ({ report }) =>
        this.reports.push({ host: host + 1, ...report }),
      )
    }
    for (const daemon of [this.bridge, ...this.hosts]) daemon.start()
    this.clock.advance(3000)
  }

  /** Host 1 or 2 asks; what comes of it is in `reports`. */
  ask(host: 1 | 2, command: VsiCommand): void {
    const vsi = formatVsiId(command.vsiId)
    this.hosts[host - 1]!.ports[0]!.ask([{ owner: 'cli', vsi, command, answer: () => {} }])
  }

  /** On the switch. */
  state(port: 'swp1' | 'swp2', vsi: string): string {
    return this.bridge.ports.find(({ name }) => name === port)?.findLive(vsi)?.state ?? 'gone'
  }

  last(host: 1 | 2, vsi: string): VsiReport | undefined {
    return this.reports.findLast((report) => report.host === host && report.vsi === vsi)
  }

  close(): void {
    for (const daemon of [...this.hosts, this.bridge]) daemon.stop()
  }

  #compose(role: 'station' | 'bridge', names: readonly string[], settings: DaemonSettings): Daemon {
    const links = new ToldLinks()
    // Addresses follow from the index: each end needs its own.
    const indexOf: Readonly<Record<string, number>> = { sta1: 1, sta2: 2, swp1: 3, swp2: 4 }
    for (const name of names) links.put({ name, index: indexOf[name]!, ...(role === 'bridge' && PORT) })
    if (role === 'bridge') links.put({ index: 9, name: 'br0', kind: 'bridge' })
    const ends = this.#wires.flatMap(({ ends }) => ends)
    const ground: Ground = {
      links,
      clock: this.clock,
      framePort: (name) => ends.find((end) => end.name === name)!,
      dataPlane: memoryPlane(links, this.clock),
      readStp: () => true,
      log: createLog({ level: 'silent' }),
      types: { source: this.types, toJson: () => ({ file: null, managers: [] }), close: () => {} },
    }
    return composeDaemon(
      { role, plans: planPorts(role, [...names], settings), settings, control: '' },
      ground,
    )
  }
}
