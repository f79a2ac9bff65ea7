/** A frame port that lets through what a test lets through. */
import type { FramePort, FramePortListeners } from '../../src/io/frame-port.ts'

export class GatedPort implements FramePort {
  /** Whether a frame may leave. */
  sends: (octets: Uint8Array) => boolean = () => true
  readonly #inner: FramePort

  constructor(inner: FramePort) {
    this.#inner = inner
  }

  get name() {
    return this.#inner.name
  }

  get counters() {
    return this.#inner.counters
  }

  open(listeners: FramePortListeners): void {
    this.#inner.open(listeners)
  }

  send(octets: Uint8Array): void {
    if (this.sends(octets)) this.#inner.send(octets)
  }

  close(): void {
    this.#inner.close()
  }
}

/** An ECPDU that asks or answers, not an acknowledgement: EtherType 8940, then version, operation and subtype. */
export function isEcpRequest(octets: Uint8Array): boolean {
  return octets[12] === 0x89 && octets[13] === 0x40 && (octets[14]! & 0x0c) === 0
}
