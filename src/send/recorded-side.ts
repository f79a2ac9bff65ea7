/** The frames of one side of a capture, for playing them again: also those that break rules or cannot be read. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { CaptureReader } from '../pcap/capture-reader.ts'
import { CaptureError } from '../pcap/captured-packet.ts'
import type { Content } from '../replay/observation.ts'
import { Reconstruction } from '../replay/reconstruction.ts'
import { ReplayError } from '../replay/replay-error.ts'
import type { SideRole } from '../replay/side.ts'

export interface RecordedFrame {
  /** As Wireshark numbers frames. */
  readonly number: number
  /** Milliseconds since the first packet of the capture. */
  readonly at: number
  readonly kind: Content['kind']
  readonly octets: Uint8Array
}

export interface RecordedSide {
  readonly mac: MacAddress
  readonly role: SideRole
  readonly frames: readonly RecordedFrame[]
  /** Frames that the capture holds only in part: they cannot be sent. */
  readonly cut: number
  /** Frames behind the limit. */
  readonly left: number
}

export interface SideChoice {
  /** Who, when the capture has frames of several. */
  readonly from?: 'station' | 'bridge' | MacAddress | undefined
  /** Frames at most. */
  readonly limit: number
}

/** Whoever makes a capture of more senders has something else in mind. */
const MAX_SENDERS = 256

/** Throws ReplayError when the capture cannot be read, or does not say which side is meant. */
export async function readSide(file: string, { from, limit }: SideChoice): Promise<RecordedSide> {
  const named = from === 'station' || from === 'bridge' ? undefined : from
  const senders = new Map<MacAddress, { frames: RecordedFrame[]; cut: number; left: number }>()
  const reconstruction = new Reconstruction()
  await eachObservation(file, reconstruction, ({ source, number, at, content, cut, octets }) => {
    if (named !== undefined && source !== named) return
    const sender = senders.get(source) ?? { frames: [], cut: 0, left: 0 }
    if (!senders.has(source) && senders.size === MAX_SENDERS) throw tooManySenders()
    senders.set(source, sender)
    if (cut) sender.cut++
    else if (sender.frames.length === limit) sender.left++
    else sender.frames.push({ number, at, kind: content.kind, octets: octets.slice() })
  })
  const roles = rolesOf(reconstruction)
  const mac = choose(from, [...senders.keys()], roles)
  return { mac, role: roles.get(mac) ?? 'unknown', ...senders.get(mac)! }
}

type Seen = NonNullable<ReturnType<Reconstruction['add']>>

async function eachObservation(
  file: string,
  reconstruction: Reconstruction,
  take: (seen: Seen) => void,
): Promise<void> {
  try {
    for await (const packets of new CaptureReader(file).packets()) {
      for (const packet of packets) {
        const seen = reconstruction.add(packet)
        if (seen !== undefined) take(seen)
      }
    }
  } catch (error) {
    if (error instanceof CaptureError) throw new ReplayError(`${file}: ${error.message}`, { cause: error })
    throw error
  }
}

function rolesOf({ wires }: Reconstruction): Map<MacAddress, SideRole> {
  const sides = [...wires.values()].flatMap(({ conversation }) => [...conversation.sides.values()])
  return new Map(sides.map(({ mac, role }) => [mac, role]))
}

function choose(
  from: SideChoice['from'],
  senders: readonly MacAddress[],
  roles: ReadonlyMap<MacAddress, SideRole>,
): MacAddress {
  const meant = senders.filter((mac) => from === undefined || from === mac || roles.get(mac) === from)
  const [only] = meant
  if (only !== undefined && meant.length === 1) return only
  const names = senders.slice(0, 8).map((mac) => `${mac} (${roles.get(mac) ?? 'unknown'})`)
  const there = names.length > 0 ? `frames of ${names.join(', ')} are there` : 'neither LLDP nor ECP is there'
  if (meant.length > 1) {
    throw new ReplayError('the capture has frames of several sides', {
      hint: `--from station, bridge, or an address: ${there}`,
    })
  }
  throw new ReplayError(from === undefined ? 'nothing to send' : `no frames of ${from}`, { hint: there })
}

function tooManySenders(): ReplayError {
  return new ReplayError(`frames of more than ${MAX_SENDERS} senders`, { hint: '--from ADDRESS says whose' })
}
