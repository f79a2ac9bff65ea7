/** Whole ports against anything: no input throws, memory is bounded, every timer that is armed fires or is cancelled. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { describePort, listVsis } from '../../protocol/engine/step.ts'
import type { Role } from '../../protocol/engine/view.ts'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { BRIDGE_MAC, STATION_MAC, TestPort } from '../support/test-port.ts'
import { command, configWith, DEASSOC, ecpRequest, tlv, ulpdu } from '../support/vdp.ts'
import { VirtualTime } from '../support/virtual-time.ts'
import { VDP_FRAMES } from '../vectors/vdp-frames.ts'

/** Neither of the addresses that the corpus was sent from. */
const OWN_MAC = '02:00:00:00:0d:01' as MacAddress

const seeds = [
  ...VDP_FRAMES.map(({ hex }) => fromHex(hex)),
  ...[0x40, 0x42, 0x62, 0x00].map((status, index) =>
    ecpRequest(
      { from: BRIDGE_MAC, sequence: 100 + index },
      ulpdu(tlv(command(1), status), tlv(command(2), status)),
    ),
  ),
  ecpRequest({ from: BRIDGE_MAC, sequence: 200 }, ulpdu(tlv(command(1, { type: DEASSOC }), 0))),
]

/** A frame of the corpus with some octets changed, cut or prolonged; or noise behind a plausible header. */
const frames = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.array(fc.tuple(fc.nat(130), fc.nat(255)), { maxLength: 4 }),
      fc.nat(130),
    )
    .map(([seed, changes, cut]) => {
      const frame = seed.slice(0, cut < 14 ? seed.length : cut)
      for (const [at, value] of changes) if (at >= 14 && at < frame.length) frame[at] = value
      return frame
    }),
  fc
    .tuple(fc.constantFrom('88cc', '8940', '0800'), fc.uint8Array({ maxLength: 200 }))
    .map(([type, rest]) => Uint8Array.from([...fromHex(`0180c2000000020000000c01${type}`), ...rest])),
  fc.uint8Array({ maxLength: 80 }),
)

describe.each(['station', 'bridge'] satisfies Role[])('a %s port', (role) => {
  it('takes any frames at any time', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(frames, fc.nat(3000)), { maxLength: 30 }), (received) => {
        const time = new VirtualTime()
        const port = new TestPort({
          role,
          time,
          config: configWith({}, { maxVsis: 8, maxQueued: 16 }),
          mac: OWN_MAC,
        })
        port.linkUp()
        if (role === 'station') for (const vsi of [1, 2]) port.request(command(vsi))
        for (const [octets, wait] of received) {
          port.receive(octets)
          time.advance(wait)
        }
        expect(listVsis(port.state).length).toBeLessThanOrEqual(8)
        expect(describePort(port.state).ecp.queued).toBeLessThanOrEqual(24)
        port.linkDown()
        expect(time.armed().map(([id]) => id)).toEqual([])
      }),
      { numRuns: 300 },
    )
  })

  it('says at which octet a frame is wrong, within the frame', () => {
    fc.assert(
      fc.property(frames, (octets) => {
        const port = new TestPort({ role, time: new VirtualTime(), config: configWith(), mac: OWN_MAC })
        port.linkUp()
        port.receive(octets)
        for (const { offset } of port.faults) expect(offset).toBeLessThanOrEqual(octets.length)
      }),
      { numRuns: 500 },
    )
  })

  it('does nothing after shutdown', () => {
    const time = new VirtualTime()
    const port = new TestPort({ role, time, config: configWith() })
    port.linkUp()
    port.input({ type: 'admin.shutdown' })
    port.takeSent()
    port.linkUp()
    port.receive(
      ecpRequest(
        { from: role === 'bridge' ? STATION_MAC : BRIDGE_MAC, sequence: 1 },
        ulpdu(tlv(command(), 0)),
      ),
    )
    time.advance(100_000)
    expect(port.sent).toEqual([])
    expect(time.armed()).toEqual([])
  })

  it('has plain data as its state: a clone goes on as the original', () => {
    const time = new VirtualTime()
    const port = new TestPort({ role, time, config: configWith(), mac: OWN_MAC })
    port.linkUp()
    if (role === 'station') for (const vsi of [1, 2]) port.request(command(vsi))
    for (const seed of seeds) port.receive(seed)
    expect(listVsis(port.state)).not.toEqual([])
    expect(structuredClone(port.state)).toEqual(port.state)
  })
})
