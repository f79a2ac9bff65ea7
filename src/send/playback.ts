/** Sends recorded frames at their times, with a bound on the rate. */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import type { FramePort } from '../io/frame-port.ts'
import type { Clock } from '../runtime/clock.ts'
import type { RecordedFrame } from './recorded-side.ts'

export interface Pace {
  /** 2 is twice as fast as recorded; Infinity: as fast as `rate` lets it. */
  readonly speed: number
  /** Frames a second at most. */
  readonly rate: number
}

export interface PlaybackOptions extends Pace {
  readonly port: Pick<FramePort, 'send'>
  readonly clock: Clock
  /** Instead of the recorded source address. */
  readonly source?: MacAddress | undefined
  /** Ends it before the next frame. */
  readonly signal?: AbortSignal | undefined
  readonly onSent?: ((frames: number) => void) | undefined
}

export interface Played {
  /** Frames given to the port. */
  readonly frames: number
  /** Milliseconds it took. */
  readonly duration: number
  /** Milliseconds the latest frame was late. */
  readonly late: number
}

/** When each frame is due, in milliseconds after the first; never earlier than the one before. */
export function schedule(frames: readonly RecordedFrame[], { speed, rate }: Pace): number[] {
  const first = frames[0]?.at ?? 0
  let due = Number.NEGATIVE_INFINITY
  return frames.map(({ at }) => {
    due = Math.max((at - first) / speed, due + 1000 / rate, 0)
    return due
  })
}

export async function play(frames: readonly RecordedFrame[], options: PlaybackOptions): Promise<Played> {
  const { port, clock, source, signal, onSent } = options
  const start = clock.now()
  const plan = schedule(frames, options)
  let late = 0
  let sent = 0
  for (const [index, { octets }] of frames.entries()) {
    const due = start + plan[index]!
    if (clock.now() < due) await sleep(clock, due, signal)
    if (signal?.aborted) break
    port.send(source === undefined ? octets : withSource(octets, source))
    late = Math.max(late, clock.now() - due)
    sent++
    onSent?.(sent)
  }
  return { frames: sent, duration: clock.now() - start, late }
}

function withSource(octets: Uint8Array, source: MacAddress): Uint8Array {
  const changed = octets.slice()
  changed.set(fromHex(source.replaceAll(':', '')), 6)
  return changed
}

/** Until `at`, or until `signal` says that it is over. */
async function sleep(clock: Clock, at: number, signal: AbortSignal | undefined): Promise<void> {
  while (clock.now() < at && !signal?.aborted) {
    await new Promise<void>((resolve) => {
      const takeBack = clock.wakeAt(at, woken)
      signal?.addEventListener('abort', woken)
      function woken() {
        takeBack()
        signal?.removeEventListener('abort', woken)
        resolve()
      }
    })
  }
}
