/** Where libvirt's requests come in and answers leave: a netlink socket (`request-socket.ts`), or a test. */

/** `sender` is the netlink port the datagram came from, 0 for the kernel's; the answer goes there. */
export type OnDatagram = (octets: Buffer, sender: number) => void

export interface RequestPort {
  /** Our netlink port. */
  readonly number: number
  /** From now on datagrams are told, also those that came before. `onOverrun`: some were dropped. */
  listen(onDatagram: OnDatagram, onOverrun: () => void): void
  /** Never blocks. False when nobody is there to take it, or cannot take more. */
  send(octets: Buffer, to: number): boolean
  close(): void
}
