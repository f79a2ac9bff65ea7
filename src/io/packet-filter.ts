/**
 * What a packet socket lets in, as a classic BPF program that the kernel runs on each frame. Source: linux/filter.h,
 * packet(7). The ethertype is the one behind a VLAN tag: the kernel has stripped that before.
 */
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { fromHex } from '../../protocol/wire/octets.ts'
import { addressOf, checked, setsockopt } from './libc.ts'

export interface PacketFilter {
  readonly etherTypes: readonly number[]
  /** Only frames from there. */
  readonly from?: MacAddress
  /** All but frames from there. */
  readonly notFrom?: MacAddress
}

/** Opcode (16), jump if true (8), jump if false (8), operand (32); jumps count from the next instruction. */
type Instruction = readonly [number, number, number, number]

const LOAD_WORD = 0x20
const LOAD_HALF = 0x28
const JUMP_IF_EQUAL = 0x15
const RETURN = 0x06
const ACCEPT: Instruction = [RETURN, 0, 0, 0xffff]
const DROP: Instruction = [RETURN, 0, 0, 0]

const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const FPROG_SIZE = 16
const MAX_INSTRUCTIONS = 32

export function filterProgram({ etherTypes, from, notFrom }: PacketFilter): Instruction[] {
  const count = etherTypes.length
  const types = etherTypes.map((type, index): Instruction => [JUMP_IF_EQUAL, count - index, 0, type])
  return [[LOAD_HALF, 0, 0, 12], ...types, DROP, ...sourceProgram(from ?? notFrom, from !== undefined)]
}

function sourceProgram(address: MacAddress | undefined, wanted: boolean): Instruction[] {
  if (address === undefined) return [ACCEPT]
  const octets = Buffer.from(fromHex(address.replaceAll(':', '')))
  return [
    [LOAD_WORD, 0, 0, 6],
    [JUMP_IF_EQUAL, 0, 3, octets.readUInt32BE(0)],
    [LOAD_HALF, 0, 0, 10],
    [JUMP_IF_EQUAL, 0, 1, octets.readUInt16BE(4)],
    wanted ? ACCEPT : DROP,
    wanted ? DROP : ACCEPT,
  ]
}

/** struct sock_fprog holds the address of the program: both live as long as this module. */
const PROGRAM = Buffer.allocUnsafeSlow(MAX_INSTRUCTIONS * 8)
const SOCK_FPROG = Buffer.allocUnsafeSlow(FPROG_SIZE).fill(0)
SOCK_FPROG.writeBigUInt64LE(addressOf(PROGRAM), 8)

/** In place of the one before, if any. Throws SystemCallError. */
export function attachFilter(fd: number, filter: PacketFilter): void {
  const instructions = filterProgram(filter)
  instructions.forEach(([code, ifTrue, ifFalse, operand], index) => {
    PROGRAM.writeUInt16LE(code, index * 8)
    PROGRAM.writeUInt8(ifTrue, index * 8 + 2)
    PROGRAM.writeUInt8(ifFalse, index * 8 + 3)
    PROGRAM.writeUInt32LE(operand, index * 8 + 4)
  })
  SOCK_FPROG.writeUInt16LE(instructions.length, 0)
  checked('setsockopt', setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, SOCK_FPROG, FPROG_SIZE))
}
