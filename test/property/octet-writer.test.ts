import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OctetWriter } from '../../protocol/wire/octet-writer.ts'
import { toHex } from '../../protocol/wire/octets.ts'

const width = fc.constantFrom(1 as const, 2 as const, 3 as const, 4 as const)
const write = width.chain((width) =>
  fc
    .nat(2 ** (8 * width) - 1)
    .map((value) => ({ width, value, hex: value.toString(16).padStart(2 * width, '0') })),
)
const METHODS = { 1: 'uint8', 2: 'uint16', 3: 'uint24', 4: 'uint32' } as const

describe('OctetWriter', () => {
  it('what was written stands, wherever the buffer had to grow', () => {
    fc.assert(
      fc.property(fc.array(write, { maxLength: 40 }), fc.integer({ min: 1, max: 20 }), (writes, capacity) => {
        const writer = new OctetWriter(capacity)
        for (const { width, value } of writes) writer[METHODS[width]](value)
        expect(toHex(writer.finish())).toBe(writes.map(({ hex }) => hex).join(''))
      }),
    )
  })
})
