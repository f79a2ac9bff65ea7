/** What is kept of earlier frames never shows in a later one. */
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { frameAnswer } from '../../src/control/schema/frame.ts'
import { FrameJson } from '../../src/decode/frame-json.ts'
import { Output } from '../../src/decode/output.ts'
import { dissectPacket } from '../../src/decode/packet-dissection.ts'
import type { CapturedPacket } from '../../src/pcap/captured-packet.ts'
import { EXAMPLE_FRAMES } from '../support/example-frames.ts'

const on = { index: 0, name: undefined, linkType: 1, snapLength: 0, fcsLength: 0 }

/** Frames that share most of their octets with others, and differ somewhere. */
const frames = fc.array(
  fc
    .tuple(fc.constantFrom(...EXAMPLE_FRAMES), fc.nat(90), fc.nat(255), fc.nat(40))
    .map(([octets, at, value, less]) => {
      const changed = Uint8Array.from(octets)
      if (at < changed.length) changed[at] = value
      return less < 8 ? changed.subarray(0, Math.max(changed.length - less, 0)) : changed
    }),
  { minLength: 1, maxLength: 40 },
)

const d = new Dissection()

async function render(json: FrameJson, octets: Uint8Array): Promise<string> {
  let text = ''
  const stream = new Writable({
    write(part, _, done) {
      text += part.toString()
      done()
    },
  })
  const output = new Output(stream)
  const packet: CapturedPacket = {
    number: 1,
    time: { seconds: 1, nanoseconds: 2 },
    interface: on,
    octets,
    originalLength: octets.length,
    direction: undefined,
  }
  dissectPacket(d, packet)
  json.render(packet, d, output)
  await output.flush()
  return text
}

it('a frame has the same JSON whatever came before it', async () => {
  const used = new FrameJson()
  await fc.assert(
    fc.asyncProperty(frames, async (list) => {
      for (const octets of list) {
        const text = await render(used, octets)
        expect(text).toBe(await render(new FrameJson(), octets))
        frameAnswer.parse(JSON.parse(text))
      }
    }),
    { numRuns: 60 },
  )
})
