/**
 * Takes NETLINK_ROUTE ports away from a process that has none yet: those that libnl would make of its number, either
 * all from 2^31 on, which libvirt takes for errors, or all below, so that it gets one of the others. Source: libnl makes
 * a port of the process's number, 22 bits, and ten bits above it, and tries the next when one is taken.
 */
import { bind, checked, socket } from '../../../src/io/libc.ts'

const [process_, which] = process.argv.slice(3)
const first = which === 'high' ? 512 : 0
for (let high = first; high < first + 512; high++) {
  const address = Buffer.alloc(12)
  address.writeUInt16LE(16, 0)
  address.writeUInt32LE(Number(process_) + high * 2 ** 22, 4)
  checked('bind', bind(checked('socket', socket(16, 3 | 0x80000, 0)), address, 12))
}
console.log('held')
process.stdin.resume()
