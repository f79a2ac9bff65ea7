/** Sends a request of libvirt's to a netlink port of this network namespace: `ask-agent PORT`. Prints the error number, 0 for none. */
import { lastErrno, sendto, socket } from '../../../src/io/libc.ts'
import { setLink } from '../../support/libvirt-octets.ts'

const AF_NETLINK = 16
const SOCK_RAW = 3
const NETLINK_ROUTE = 0

const [port = '0'] = process.argv.slice(3)
const address = Buffer.alloc(12)
address.writeUInt16LE(AF_NETLINK, 0)
address.writeUInt32LE(Number(port), 4)
const request = setLink()
const sent = sendto(
  socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
  request,
  request.length,
  0,
  address,
  address.length,
)
console.log(sent < 0 ? lastErrno() : 0)
