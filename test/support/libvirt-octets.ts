/**
 * What libvirt puts on its netlink socket, written by hand from captures of libvirt 9.0.0 rather than with the code
 * under test, and a reader of what it looks at in answers.
 */
import type { Operation } from '../../src/libvirt/request.ts'

export const UUID = '09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'
export const UUID_HEX = UUID.replaceAll('-', '')

const OPERATIONS: Readonly<Record<Operation, number>> = {
  preassociate: 0,
  'preassociate-rr': 1,
  associate: 2,
  deassociate: 3,
}

export interface SetLink {
  readonly operation?: Operation
  readonly uuid?: string
  readonly mac?: string
  readonly vlan?: number
  readonly index?: number
  readonly name?: string | null
  readonly sequence?: number
  readonly eventPort?: number
  readonly nested?: boolean
}

const u32 = (value: number) => Buffer.from(new Uint32Array([value]).buffer)

/** length and type are 16 bits each; the payload is padded to four octets. */
export function attribute(type: number, payload: Uint8Array, nested = false): Buffer {
  const head = Buffer.from(new Uint16Array([payload.length + 4, nested ? type | 0x8000 : type]).buffer)
  return Buffer.concat([head, payload, Buffer.alloc((4 - (payload.length % 4)) % 4)])
}

export function message(type: number, body: Uint8Array, sequence = 0x6b016dc0, port = 0x67403ce3): Buffer {
  const types = Buffer.from(new Uint16Array([type, 5]).buffer)
  return Buffer.concat([u32(16 + body.length), types, u32(sequence), u32(port), body])
}

export function ifinfomsg(index: number): Buffer {
  return Buffer.concat([Buffer.alloc(4), u32(index), Buffer.alloc(8)])
}

/** RTM_SETLINK as virNetDevVPortProfileOpSetLink builds it. */
export function setLink(options: SetLink = {}): Buffer {
  const { operation = 'associate', uuid = UUID, mac = '52:54:00:12:34:56', vlan = 0, index = 2 } = options
  const { name = 'lvu0', sequence, eventPort, nested = true } = options
  const address = Buffer.concat([
    u32(0xffffffff),
    Buffer.from(mac.replaceAll(':', ''), 'hex'),
    Buffer.alloc(26),
  ])
  const tag = Buffer.concat([u32(0xffffffff), u32(vlan), u32(0)])
  const port = Buffer.concat([
    attribute(3, Buffer.from('0b57341202000000', 'hex')),
    attribute(4, Buffer.from(uuid.replaceAll('-', ''), 'hex')),
    attribute(6, Uint8Array.of(OPERATIONS[operation])),
  ])
  const body = Buffer.concat([
    ifinfomsg(index),
    ...(name === null ? [] : [attribute(3, Buffer.from(`${name}\0`))]),
    attribute(22, attribute(1, Buffer.concat([attribute(1, address), attribute(2, tag)]), nested), nested),
    attribute(24, attribute(1, port, nested), nested),
  ])
  return message(19, body, sequence, eventPort)
}

/** RTM_GETLINK as virNetDevVPortProfileGetStatus's caller builds it. */
export function getLink(index = 2, sequence?: number, eventPort?: number): Buffer {
  return message(18, Buffer.concat([ifinfomsg(index), attribute(29, u32(1))]), sequence, eventPort)
}

/** The error number of an NLMSG_ERROR; undefined when it is no such message. */
export function errorOf(answer: Buffer): number | undefined {
  return answer.length >= 20 && answer.readUInt16LE(4) === 2 ? answer.readInt32LE(16) : undefined
}

/** What libvirt finds for a UUID in an answer: the response, `null` for none yet; undefined when it does not find it. */
export function responseIn(answer: Buffer, uuid = UUID): number | null | undefined {
  if (![3, 16].includes(answer.readUInt16LE(4))) return undefined
  for (const port of children(find(answer.subarray(32), 24))) {
    if (port.type !== 1) throw new Error('a child of IFLA_VF_PORTS that libvirt takes for an error')
    const id = find(port.payload, 4)
    const vf = find(port.payload, 1)
    if (id?.toString('hex') !== uuid.replaceAll('-', '') || vf?.readInt32LE() !== -1) continue
    const response = find(port.payload, 7)
    return response === undefined ? null : response.readUInt16LE()
  }
  return undefined
}

function find(octets: Buffer, type: number): Buffer | undefined {
  return children(octets).find((one) => one.type === type)?.payload
}

function children(octets: Buffer | undefined): { type: number; payload: Buffer }[] {
  const found: { type: number; payload: Buffer }[] = []
  for (let at = 0; octets !== undefined && at + 4 <= octets.length; ) {
    const length = octets.readUInt16LE(at)
    found.push({ type: octets.readUInt16LE(at + 2) & 0x3fff, payload: octets.subarray(at + 4, at + length) })
    at += (length + 3) & ~3
  }
  return found
}
