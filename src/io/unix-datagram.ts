/** One datagram to a unix socket, which Node itself cannot send. Source: unix(7). */
import { checked, close, sendto, socket } from './libc.ts'

const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_NONBLOCK = 0o4000
const SOCK_CLOEXEC = 0o2000000
const MSG_NOSIGNAL = 0x4000
/** sun_path has 108 octets. */
const MAX_PATH = 108

/** `path` may start with `@`: an abstract socket. Throws SystemCallError or RangeError. */
export function sendUnixDatagram(path: string, text: string): void {
  const address = addressOf(path)
  const octets = Buffer.from(text)
  const fd = checked('socket', socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0))
  try {
    checked('sendto', sendto(fd, octets, octets.length, MSG_NOSIGNAL, address, address.length))
  } finally {
    close(fd)
  }
}

/** sockaddr_un: two octets of family, then the path; an abstract one starts with a zero and has no end. */
function addressOf(path: string): Buffer {
  const name = Buffer.from(path.startsWith('@') ? `\0${path.slice(1)}` : `${path}\0`)
  if (name.length > MAX_PATH) throw new RangeError(`a unix socket cannot have the path ${path}`)
  return Buffer.concat([Buffer.from([AF_UNIX, 0]), name])
}
