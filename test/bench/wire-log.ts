/**
 * What passed on one end of the wire, with the kernel's times: a judge that neither peer is. Wants the program
 * dumpcap, which comes with tshark.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { decodeEcpHeader, ECP_HEADER_LENGTH, ECP_OPS } from '../../protocol/ecp/ecpdu.ts'
import { decodeResponseStatus, isResponse } from '../../protocol/vdp/status.ts'
import { decodeUlpdu } from '../../protocol/vdp/ulpdu.ts'
import { formatVsiId } from '../../protocol/vdp/vsi-id.ts'
import { ETHERNET_HEADER_LENGTH } from '../../protocol/wire/ethernet-frame.ts'
import { CaptureReader } from '../../src/pcap/capture-reader.ts'
import { toMilliseconds } from '../../src/pcap/captured-packet.ts'
import type { Place } from './link.ts'
import { pause } from './peer.ts'

/** Milliseconds since 1970. */
export interface WireSummary {
  /** ECPDUs that carried requests; more than there were VSIs means that some were repeated. */
  readonly requestFrames: number
  /** VSI TLVs in them. */
  readonly requests: number
  /** Of each VSI: the first request, and the first positive answer after it. */
  readonly vsis: ReadonlyMap<string, { readonly asked: number; readonly granted?: number }>
}

export function hasDumpcap(): boolean {
  return spawnSync('dumpcap', ['-v'], { stdio: 'ignore' }).error === undefined
}

/** Longer than dumpcap takes to hand over what it has seen. Milliseconds. */
const SETTLE = 700

export class WireLog {
  readonly #file = `/run/bench-${process.pid}-${performance.now()}.pcapng`
  readonly #program: ChildProcess
  readonly #closed: Promise<void>

  private constructor({ namespace, iface }: Place) {
    const dumpcap = ['dumpcap', '-q', '-B', '64', '-i', iface, '-f', 'ether proto 0x8940', '-w', this.#file]
    const command = namespace ? ['ip', 'netns', 'exec', namespace, ...dumpcap] : dumpcap
    this.#program = spawn('env', command, { stdio: ['ignore', 'ignore', 'pipe'] })
    this.#closed = new Promise((resolve) => this.#program.once('close', () => resolve()))
  }

  /** Resolves when frames are seen. */
  static async open(place: Place): Promise<WireLog> {
    const log = new WireLog(place)
    await new Promise<void>((resolve, reject) => {
      log.#program.stderr!.on('data', (part) => String(part).includes('File:') && resolve())
      void log.#closed.then(() => reject(new Error('dumpcap ended')))
    })
    return log
  }

  async close(): Promise<WireSummary> {
    await pause(SETTLE)
    this.#program.kill('SIGINT')
    await this.#closed
    const summary = await summarizeCapture(this.#file)
    rmSync(this.#file, { force: true })
    return summary
  }
}

async function summarizeCapture(file: string): Promise<WireSummary> {
  const vsis = new Map<string, { asked: number; granted?: number }>()
  let requestFrames = 0
  let requests = 0
  for await (const packets of new CaptureReader(file).packets()) {
    for (const { octets, time } of packets) {
      const at = toMilliseconds(time!)
      const associations = readAssociations(octets)
      const asking = associations.filter(({ status }) => !isResponse(status))
      requests += asking.length
      if (asking.length > 0) requestFrames++
      for (const { id } of asking) if (!vsis.has(id)) vsis.set(id, { asked: at })
      for (const { id, status } of associations) {
        const vsi = vsis.get(id)
        if (!vsi || !isResponse(status) || decodeResponseStatus(status).error !== 0) continue
        vsi.granted ??= at
      }
    }
  }
  return { requestFrames, requests, vsis }
}

function readAssociations(octets: Uint8Array): { id: string; status: number }[] {
  const header = decodeEcpHeader(octets, ETHERNET_HEADER_LENGTH)
  if (!header.ok || header.value.op !== ECP_OPS.request) return []
  const ulpdu = decodeUlpdu(octets, ETHERNET_HEADER_LENGTH + ECP_HEADER_LENGTH)
  if (!ulpdu.ok) return []
  return ulpdu.value.items.flatMap((item) =>
    'association' in item
      ? [{ id: formatVsiId(item.association.vsiId), status: item.association.status }]
      : [],
  )
}
