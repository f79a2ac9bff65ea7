/** What is kept of earlier frames never shows in a later one. */
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { Dissection } from '../../protocol/dissect/dissection.ts'
import { readValue } from '../../protocol/dissect/value.ts'
import { type FieldJson, frameAnswer } from '../../src/control/schema/frame.ts'
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

/** Of what was dissected last: the place and value of each field. */
function values(): unknown[] {
  return Array.from({ length: d.count }, (_, index) => index).flatMap((index) => {
    const [field, start, end] = [d.fields[index]!, d.starts[index]!, d.ends[index]!]
    const value = readValue(field, d.octets, start, end)
    return value === undefined ? [] : [[field.name, start, end - start, value]]
  })
}

function leaves(tree: readonly FieldJson[]): unknown[] {
  return tree.flatMap((field) =>
    'fields' in field ? leaves(field.fields) : [[field.name, field.offset, field.length, field.value]],
  )
}

it('a frame has the same JSON whatever came before it', async () => {
  const used = new FrameJson()
  await fc.assert(
    fc.asyncProperty(frames, async (list) => {
      for (const octets of list) {
        const text = await render(used, octets)
        expect(text).toBe(await render(new FrameJson(), octets))
        expect(leaves(frameAnswer.parse(JSON.parse(text)).fields)).toEqual(values())
      }
    }),
    { numRuns: 60 },
  )
})
