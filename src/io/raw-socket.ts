/**
 * The package `raw-socket`, which is compiled when it is installed and therefore optional: loaded when the first link
 * needs it. Only what is used of it is described here.
 */
import { createRequire } from 'node:module'
import { OperationalError } from '../runtime/operational-error.ts'
import { notPermitted } from './port-problem.ts'

export interface RawSocket {
  /** `packet` is the socket's own buffer, overwritten by the next one. Of IPv4 it begins with the IP header. */
  on(event: 'message', listener: (packet: Buffer, source: string) => void): void
  /** The socket has closed itself, or is about to. */
  on(event: 'error', listener: (error: Error) => void): void
  removeAllListeners(): void
  /** Sent in their order when the kernel takes them; `done` is called once for each. */
  send(
    packet: Uint8Array,
    offset: number,
    length: number,
    address: string,
    done: (error: Error | null) => void,
  ): void
  close(): void
}

export interface RawSocketOptions {
  /** IP protocol number. */
  readonly protocol: number
  readonly family: 4 | 6
  /** Octets of a packet that are delivered; what is longer is cut. */
  readonly bufferSize: number
}

/** Opens one; another implementation may stand in its place. */
export type OpenRawSocket = (options: RawSocketOptions, operation: string) => RawSocket

interface RawSocketPackage {
  readonly AddressFamily: { readonly IPv4: number; readonly IPv6: number }
  createSocket(options: { protocol: number; addressFamily: number; bufferSize: number }): RawSocket
}

/** Throws OperationalError. */
export const openRawSocket: OpenRawSocket = ({ protocol, family, bufferSize }, operation) => {
  const { createSocket, AddressFamily } = loadPackage(operation)
  const addressFamily = family === 4 ? AddressFamily.IPv4 : AddressFamily.IPv6
  try {
    return createSocket({ protocol, addressFamily, bufferSize })
  } catch (cause) {
    if (/not permitted/i.test((cause as Error).message)) throw notPermitted(operation, cause)
    throw new OperationalError('system-call-failed', 'no raw socket', { operation, cause })
  }
}

function loadPackage(operation: string): RawSocketPackage {
  try {
    return createRequire(import.meta.url)('raw-socket') as RawSocketPackage
  } catch (error) {
    const cause = new Error((error as Error).message.split('\n')[0]) // without Node's list of who asked for it
    const hint =
      'it is compiled when it is installed, for one version of Node: with a C++ compiler, make and Python there, npm rebuild raw-socket'
    const reason = 'the optional package raw-socket is not there, or was built for another Node'
    throw new OperationalError('package-missing', reason, { operation, hint, cause })
  }
}
