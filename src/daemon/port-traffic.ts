/**
 * What a bridge port lets pass follows its VSIs: the data plane is told before the station is, so that a VSI that is
 * granted can send at once, and one that has ended cannot any more. VSIs of one moment go to it together. Where the
 * kernel refuses, the VSI is taken back: a station must not be told that it has what it has not.
 */
import type { VsiKey } from '../../protocol/vdp/vsi-id.ts'
import type { Admission } from '../admission/admission.ts'
import type { DataPlane, VsiTraffic } from '../data-plane/data-plane.ts'
import type { Log } from '../runtime/log.ts'
import { describeError } from '../runtime/operational-error.ts'
import type { TrafficSettings } from '../vsi-types/vsi-type.ts'
import type { AgentPort } from './agent-port.ts'

export interface TrafficSurroundings {
  readonly dataPlane: DataPlane
  readonly admission: Admission
  readonly log: Log
}

const BITS_PER_OCTET = 8
/** When the type does not say: as much as in a tenth of a second, and some full frames at least. */
const BURST_SECONDS = 0.1
const LEAST_BURST = 15_000

export function followTraffic(port: AgentPort, around: TrafficSurroundings): void {
  const { dataPlane, log } = around
  const { driver, name } = port
  const reported = new Set<VsiKey>()
  driver.on('vsi.reported', ({ report }) => reported.add(report.vsi))
  driver.beforeFrames(() => {
    if (reported.size === 0) return
    const vsis = [...reported]
    reported.clear()
    settleTraffic(port, vsis, around)
  })
  driver.on('peer.changed', ({ peer }) => {
    try {
      dataPlane.setStation(name, peer?.mac ?? null)
    } catch (error) {
      tellRefusal(log, port, error)
    }
  })
}

/** Lets pass what these VSIs have now. */
export function settleTraffic(port: AgentPort, vsis: readonly VsiKey[], around: TrafficSurroundings): void {
  const { dataPlane, log } = around
  const wanted = new Map(vsis.map((vsi) => [vsi, trafficOf(port, vsi, around)]))
  for (const [vsi, error] of dataPlane.setVsis(port.name, wanted)) {
    const detail = tellRefusal(log, port, error)
    if (wanted.get(vsi)) port.driver.submit({ type: 'vsi.withdrawn', vsi, code: 'withdrawn', detail })
  }
}

/** Null unless it is associated. */
function trafficOf(port: AgentPort, vsi: VsiKey, { admission }: TrafficSurroundings): VsiTraffic | null {
  const live = port.findLive(vsi)
  if (live?.state !== 'associated') return null
  return toTraffic(live.command.filter.entries, admission.traffic(port.name, vsi))
}

function tellRefusal(log: Log, port: AgentPort, error: unknown): string {
  const detail = `the data plane: ${describeError(error)}`
  log.error({ port: port.name, err: error }, detail)
  return detail
}

/** A type's rate is in bits a second. */
function toTraffic(entries: VsiTraffic['entries'], settings: TrafficSettings | undefined): VsiTraffic {
  const bandwidth = settings?.bandwidth
  if (bandwidth === undefined) return { entries }
  const rate = Math.ceil(bandwidth.rate / BITS_PER_OCTET)
  const burst = bandwidth.burst ?? Math.max(LEAST_BURST, Math.ceil(rate * BURST_SECONDS))
  return { entries, limit: { rate, burst } }
}
