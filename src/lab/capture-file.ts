/** A capture file as Wireshark and tcpdump read it: classic pcap, microseconds, Ethernet. Source: pcap-savefile(5). */
import { openSync, writeSync } from 'node:fs'

const MAGIC = 0xa1b2c3d4
const SNAPLEN = 65_535
const LINKTYPE_ETHERNET = 1

export class CaptureFile {
  readonly #fd: number

  /** Creates the file, or empties it. */
  constructor(path: string) {
    this.#fd = openSync(path, 'w', 0o600)
    const header = Buffer.alloc(24)
    header.writeUInt32LE(MAGIC, 0)
    header.writeUInt16LE(2, 4)
    header.writeUInt16LE(4, 6)
    header.writeUInt32LE(SNAPLEN, 16)
    header.writeUInt32LE(LINKTYPE_ETHERNET, 20)
    writeSync(this.#fd, header)
  }

  /** Written at once, with the time of now. */
  write(frame: Uint8Array): void {
    const microseconds = Math.round((performance.timeOrigin + performance.now()) * 1000)
    const header = Buffer.alloc(16)
    header.writeUInt32LE(Math.floor(microseconds / 1e6), 0)
    header.writeUInt32LE(microseconds % 1e6, 4)
    header.writeUInt32LE(frame.length, 8)
    header.writeUInt32LE(frame.length, 12)
    writeSync(this.#fd, Buffer.concat([header, frame]))
  }
}
