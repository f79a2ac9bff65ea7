/** Capture files, octet by octet, as tests want them: right ones in every form, and parts to break them with. */
export type Order = 'little' | 'big'

export interface ClassicOptions {
  readonly order?: Order
  readonly nano?: boolean
  readonly linkType?: number
  readonly snapLength?: number
}

/** `fraction` in the unit of the file. */
export interface Record {
  readonly seconds: number
  readonly fraction: number
  readonly octets: Uint8Array
  readonly originalLength?: number
}

/** Fixed-width numbers one after another: `[width, value]`. */
export function fields(order: Order, ...numbers: readonly (readonly [1 | 2 | 4, number])[]): Uint8Array {
  const octets = Buffer.alloc(numbers.reduce((sum, [width]) => sum + width, 0))
  let at = 0
  for (const [width, value] of numbers) {
    if (order === 'little') octets.writeUIntLE(value, at, width)
    else octets.writeUIntBE(value, at, width)
    at += width
  }
  return octets
}

export function classic(records: readonly Record[], options: ClassicOptions = {}): Buffer {
  const { order = 'little', nano = false, linkType = 1, snapLength = 65_535 } = options
  const magic = nano ? 0xa1b23c4d : 0xa1b2c3d4
  const header = fields(order, [4, magic], [2, 2], [2, 4], [4, 0], [4, 0], [4, snapLength], [4, linkType])
  const packets = records.map(({ seconds, fraction, octets, originalLength = octets.length }) =>
    Buffer.concat([
      fields(order, [4, seconds], [4, fraction], [4, octets.length], [4, originalLength]),
      octets,
    ]),
  )
  return Buffer.concat([header, ...packets])
}

/** A block with both its lengths; the body is padded. */
export function block(type: number, body: Uint8Array, order: Order = 'little'): Buffer {
  const padded = padTo4(body)
  const length = fields(order, [4, padded.length + 12])
  return Buffer.concat([fields(order, [4, type]), length, padded, length])
}

export function section(order: Order = 'little'): Buffer {
  const length = fields(order, [4, 0xffffffff], [4, 0xffffffff])
  return block(0x0a0d0d0a, Buffer.concat([fields(order, [4, 0x1a2b3c4d], [2, 1], [2, 0]), length]), order)
}

export type Option = readonly [code: number, value: Uint8Array]

export function interfaceBlock(
  options: readonly Option[] = [],
  { order = 'little' as Order, linkType = 1, snapLength = 0 } = {},
): Buffer {
  const fixed = fields(order, [2, linkType], [2, 0], [4, snapLength])
  return block(1, Buffer.concat([fixed, optionList(options, order)]), order)
}

export interface EnhancedOptions {
  readonly order?: Order
  readonly interfaceId?: number
  readonly originalLength?: number
  readonly options?: readonly Option[]
}

/** `units` is the time stamp as the interface counts. */
export function enhanced(
  units: bigint,
  octets: Uint8Array,
  { order = 'little', interfaceId = 0, originalLength = octets.length, options = [] }: EnhancedOptions = {},
): Buffer {
  const [high, low] = [Number(units >> 32n), Number(units & 0xffffffffn)]
  const fixed = fields(order, [4, interfaceId], [4, high], [4, low], [4, octets.length], [4, originalLength])
  return block(6, Buffer.concat([fixed, padTo4(octets), optionList(options, order)]), order)
}

function optionList(options: readonly Option[], order: Order): Buffer {
  if (options.length === 0) return Buffer.alloc(0)
  const list = options.map(([code, value]) =>
    Buffer.concat([fields(order, [2, code], [2, value.length]), padTo4(value)]),
  )
  return Buffer.concat([...list, fields(order, [2, 0], [2, 0])])
}

function padTo4(octets: Uint8Array): Buffer {
  return Buffer.concat([octets, Buffer.alloc((4 - (octets.length % 4)) % 4)])
}
