import { expect } from 'vitest'
import { ETHERTYPE_ECP, ETHERTYPE_LLDP } from '../../protocol/wire/ethernet-frame.ts'
import { tagged, testFrame } from '../support/frames.ts'
import { ip, veth } from '../support/namespaces.ts'
import { untilLink, withPackets } from '../support/packet-rig.ts'
import { requires } from '../support/requirements.ts'

const it = requires('namespaces')
const itWithBridge = requires('namespaces', 'bridge')
const LLDP = (mark: number) => testFrame(ETHERTYPE_LLDP, mark)
const isMark = (mark: number) => (frames: readonly Uint8Array[]) => frames.at(-1)?.[14] === mark

it('a port hears again after each of 20 flaps', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    const a = port('a0')
    const b = port('b0')
    for (let flap = 0; flap < 20; flap++) {
      ip('link set b0 down')
      await untilLink(links, 'b0', 'down', (link) => link?.up === false)
      ip('link set b0 up')
      await untilLink(links, 'a0', 'carrier', (link) => link?.up === true)
      a.port.send(LLDP(flap))
      await b.frames.until(`frame ${flap}`, isMark(flap))
    }
    expect(b.frames.items).toHaveLength(20)
  }))

it('a port works again when its interface comes back with another index', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    const b = port('b0')
    const index = links.find('b0')?.index
    ip('link del b0')
    await untilLink(links, 'b0', 'gone', (link) => link === undefined)
    expect(b.problems.map(({ code }) => code)).toEqual(['no-such-interface'])
    b.port.send(LLDP(1))
    expect(b.port.counters).toMatchObject({ sent: 0, sendErrors: 1 })
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'back', (link) => link?.up === true)
    expect(links.find('b0')?.index).not.toBe(index)
    const a = port('a0')
    a.port.send(LLDP(2))
    await b.frames.until('the frame', isMark(2))
    b.port.send(LLDP(3))
    await a.frames.until('the answer', isMark(3))
  }))

itWithBridge('a port hears the group address while its interface joins and leaves a bridge', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    ip('link add br0 type bridge')
    ip('link set br0 up')
    const a = port('a0')
    const b = port('b0')
    for (let round = 0; round < 3; round++) {
      ip('link set b0 master br0')
      await untilLink(links, 'b0', 'membership', (link) => link?.bridgePort !== undefined)
      a.port.send(LLDP(2 * round))
      await b.frames.until('the frame in the bridge', isMark(2 * round))
      ip('link set b0 nomaster')
      await untilLink(links, 'b0', 'leaving', (link) => link?.master === undefined)
      a.port.send(LLDP(2 * round + 1))
      await b.frames.until('the frame outside', isMark(2 * round + 1))
    }
    expect(b.frames.items.map((frame) => frame[14])).toEqual([0, 1, 2, 3, 4, 5])
  }),
)

itWithBridge('a bridge with STP on hides nothing and doubles nothing', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    ip('link add br0 type bridge stp_state 1')
    ip('link set br0 up')
    ip('link set b0 master br0')
    await untilLink(links, 'b0', 'membership', (link) => link?.bridgePort !== undefined)
    const a = port('a0')
    const b = port('b0')
    for (const mark of [1, 2, 3]) a.port.send(LLDP(mark))
    await b.frames.until('the last', isMark(3))
    expect(b.frames.items.map((frame) => frame[14])).toEqual([1, 2, 3])
  }),
)

itWithBridge('a port of a bridge does not take for received what others send out of it', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    ip('link add br0 type bridge')
    ip('link set b0 master br0')
    await untilLink(links, 'b0', 'membership', (link) => link?.bridgePort !== undefined)
    const a = port('a0')
    const b = port('b0')
    const other = port('b0') // another agent on the same interface
    other.port.send(LLDP(1))
    await a.frames.until('what it sent', isMark(1))
    a.port.send(LLDP(2))
    await b.frames.until('the answer', isMark(2))
    expect(b.frames.items).toEqual([LLDP(2)])
  }),
)

for (const where of ['of its own', 'in a bridge'] as const) {
  const itHere = where === 'in a bridge' ? itWithBridge : it
  itHere(`a frame tagged for a VLAN is not taken for an untagged one: interface ${where}`, () =>
    withPackets(async ({ links, port }) => {
      veth('a0', 'b0')
      if (where === 'in a bridge') {
        ip('link add br0 type bridge')
        ip('link set b0 master br0')
        await untilLink(links, 'b0', 'membership', (link) => link?.bridgePort !== undefined)
      }
      await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
      const a = port('a0')
      const b = port('b0')
      a.port.send(tagged(LLDP(1), 5))
      a.port.send(tagged(LLDP(2), 5, 0x88a8))
      a.port.send(tagged(LLDP(3), 0)) // a priority tag: VLAN 0 is none
      a.port.send(LLDP(4))
      await b.frames.until('the untagged frame', isMark(4))
      expect(b.frames.items).toEqual([LLDP(3), LLDP(4)])
      expect(b.port.counters.dropped).toBe(2)
    }),
  )
}

it('nothing but LLDP and ECP arrives, and only what is meant for this interface', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    ip('link set b0 promisc on')
    const a = port('a0')
    const b = port('b0')
    const other = LLDP(1)
    other.set([0x02, 0, 0, 0, 0, 0x99]) // another host's address
    a.port.send(other)
    a.port.send(testFrame(0x0800, 2))
    a.port.send(testFrame(ETHERTYPE_ECP, 3))
    await b.frames.until('the ECP frame', isMark(3))
    a.port.send(LLDP(4))
    await b.frames.until('the LLDP frame', isMark(4))
    expect(b.frames.items.map((frame) => frame[14])).toEqual([3, 4])
  }))

it('the group addresses are joined while a port is open, and no longer', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'a0', 'the interface', (link) => link !== undefined)
    const joined = () => ip('maddr show dev a0').match(/01:80:c2:00:00:0./g) ?? []
    expect(joined()).toEqual([])
    const a = port('a0')
    expect(joined().sort()).toEqual(['01:80:c2:00:00:00', '01:80:c2:00:00:03', '01:80:c2:00:00:0e'])
    a.port.close()
    expect(joined()).toEqual([])
  }))

it('sending on an interface that is down is counted and told once, and works after', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    const a = port('a0')
    const b = port('b0')
    ip('link set a0 down')
    for (let count = 0; count < 100; count++) a.port.send(LLDP(1))
    expect(a.port.counters).toMatchObject({ sent: 0, sendErrors: 100 })
    expect(a.problems.map(({ code }) => code)).toEqual(['interface-down'])
    await untilLink(links, 'b0', 'carrier loss', (link) => link?.up === false)
    ip('link set a0 up')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    a.port.send(LLDP(2))
    await b.frames.until('the frame', isMark(2))
  }))

it('a frame that does not fit the MTU is counted and told', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'a0', 'the interface', (link) => link?.up === true)
    const a = port('a0')
    a.port.send(testFrame(ETHERTYPE_LLDP, 1, 1514))
    ip('link set a0 mtu 1000')
    a.port.send(testFrame(ETHERTYPE_LLDP, 1, 1514))
    expect(a.port.counters).toMatchObject({ sent: 1, sendErrors: 1 })
    expect(a.problems[0]).toMatchObject({ code: 'system-call-failed', hint: 'the MTU must be at least 1500' })
  }))

it('a burst arrives whole, or what is missing is counted', () =>
  withPackets(async ({ links, port }) => {
    veth('a0', 'b0')
    await untilLink(links, 'b0', 'carrier', (link) => link?.up === true)
    const a = port('a0')
    const b = port('b0')
    const frame = testFrame(ETHERTYPE_ECP, 0, 200)
    for (let count = 0; count < 20_000; count++) a.port.send(frame)
    const { sent } = a.port.counters
    const whole = () => b.port.counters.received + b.port.counters.lost === sent
    await b.frames.until('all that was not dropped', (items) => items.length % 64 !== 0 || whole())
    while (!whole()) await new Promise(setImmediate)
    expect(b.frames.items.length).toBe(b.port.counters.received)
    expect(b.port.counters.received + b.port.counters.lost).toBe(sent)
  }))
