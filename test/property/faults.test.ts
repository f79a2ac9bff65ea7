/** Faults on purpose, whatever the rule and whatever the frame. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { describeFault } from '../../src/control/fault-text.ts'
import { isPattern, matchesPattern } from '../../src/control/name-pattern.ts'
import { FAULT_ACTIONS, faultRule } from '../../src/control/schema/fault.ts'
import { FaultPort } from '../../src/faults/fault-port.ts'
import { FaultTable } from '../../src/faults/fault-table.ts'
import { MemoryLink } from '../../src/io/memory-port.ts'
import { VirtualClock } from '../../src/runtime/virtual-clock.ts'
import { evbFrame } from '../support/lldp.ts'
import { command, ecpRequest, tlv, ulpdu } from '../support/vdp.ts'

const ACTIONS = fc.constantFrom(...FAULT_ACTIONS)
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })

/** Rules as a person might write them; those that the schema refuses are left out. */
const rules = fc
  .record({
    action: ACTIONS,
    milliseconds: fc.integer({ min: 0, max: 50 }),
    jitter: fc.integer({ min: 0, max: 20 }),
    copies: fc.integer({ min: 1, max: 3 }),
    behind: fc.integer({ min: 1, max: 3 }),
    offset: optional(fc.integer({ min: 0, max: 200 })),
    octets: fc.integer({ min: 14, max: 80 }),
    shift: fc.integer({ min: -65535, max: 65535 }),
    status: fc.integer({ min: 0, max: 255 }),
    vid: optional(fc.integer({ min: 0, max: 4095 })),
    as: optional(fc.constantFrom('associate', 'deassociate', 'preassociate')),
    id: optional(fc.constant('mac:52:54:00:00:00:01')),
    error: fc.integer({ min: 1, max: 15 }),
    frame: fc.constantFrom('any', 'lldp', 'ecp', 'vdp', 'ack'),
    type: optional(fc.constantFrom('5', '1193046:4')),
    chance: optional(fc.double({ min: 0.1, max: 1, noNaN: true })),
    nth: optional(fc.integer({ min: 1, max: 3 })),
    times: optional(fc.integer({ min: 1, max: 3 })),
  })
  .map((all) => {
    const option = faultRule.options.find(({ shape }) => shape.action.value === all.action)!
    const known = Object.entries(all).filter(([key, value]) => key in option.shape && value !== undefined)
    return faultRule.parse(Object.fromEntries(known))
  })

const vdp = ecpRequest(
  { from: '02:00:00:00:00:09' as MacAddress, sequence: 9 },
  ulpdu(tlv(command(1), 0), tlv(command(2), 0x40)),
)
const lldp = evbFrame('0000000000')

/** Nonsense, and an ECPDU or LLDPDU with some octets changed: half right is worse. */
const frames = fc.oneof(
  fc.uint8Array({ minLength: 0, maxLength: 200 }),
  fc
    .tuple(fc.constantFrom(vdp, lldp), fc.array(fc.tuple(fc.nat(59), fc.nat(255)), { maxLength: 4 }))
    .map(([whole, changes]) => {
      const octets = whole.slice()
      for (const [at, value] of changes) octets[at] = value
      return octets
    }),
)

test('no frame is too broken for any rules, and what comes out is bounded', () => {
  fc.assert(
    fc.property(fc.array(rules, { maxLength: 4 }), fc.array(frames, { maxLength: 6 }), (some, sent) => {
      const clock = new VirtualClock()
      const [near, far] = new MemoryLink({ clock }).ends
      const table = new FaultTable(1)
      table.set(some)
      const bad = new FaultPort(near, { clock, table })
      const arrived: Uint8Array[] = []
      bad.open({ onFrames: () => {} })
      far.open({ onFrames: (batch) => arrived.push(...batch) })
      const before = sent.map((octets) => octets.slice())
      for (const octets of sent) bad.send(octets)
      clock.advance(5000)
      expect(sent).toEqual(before)
      expect(arrived.length).toBeLessThanOrEqual(sent.length * 4 ** some.length)
      if (some.length === 0) expect(arrived).toEqual(sent)
      expect(clock.next).toBe(Number.POSITIVE_INFINITY)
      for (const rule of some) expect(describeFault(rule)).toMatch(/^\w/)
    }),
    { numRuns: 500 },
  )
})

const anyText = fc.string({ unit: fc.constantFrom(...'[]!*?-^az09\\\n\r\u2028'), maxLength: 20 })

test('a plain name fits itself only; a pattern never throws, and * fits everything', () => {
  fc.assert(
    fc.property(anyText, anyText, (pattern, name) => {
      const fits = matchesPattern(pattern, name)
      if (!isPattern(pattern)) expect(fits).toBe(pattern === name)
      expect(matchesPattern('*', name)).toBe(true)
    }),
  )
})

test.each([
  ['swp*', 'swp1', true],
  ['swp*', 'eswp1', false],
  ['swp?', 'swp12', false],
  ['swp[1-4]', 'swp3', true],
  ['swp[1-4]', 'swp5', false],
  ['swp[!1-4]', 'swp5', true],
  ['veth[0-9]*.1', 'veth12x1', false],
  ['veth[0-9]*.1', 'veth12.1', true],
  ['[', '[', true],
  ['[9-1]', '[9-1]', true],
  ['[9-\r]', '[9-\r]', true],
  ['*p*1', 'swp11', true],
  ['s*p1*x', 'swp11', false],
  ['a[\\]b', 'a\\b', true],
])('%s and %s: %s', (pattern, name, fits) => {
  expect(matchesPattern(pattern, name)).toBe(fits)
})

test('no pattern takes long, however many stars it has', () => {
  const start = performance.now()
  for (const piece of ['*', '*?', '*a', '[a-z]*', '**a*'])
    expect(matchesPattern(`${piece.repeat(2000)}!`, 'a'.repeat(64))).toBe(false)
  expect(performance.now() - start).toBeLessThan(2000)
})
