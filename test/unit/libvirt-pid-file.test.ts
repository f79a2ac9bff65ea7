/** The file in which libvirt finds its agent. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { ProcessTable } from '../../src/libvirt/netlink-table.ts'
import { PidFile } from '../../src/libvirt/pid-file.ts'

const HEAD = 'sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode\n'
/** Sockets of NETLINK_ROUTE with these ports; processes with these names. */
function table(ports: readonly number[], names: Readonly<Record<number, string>> = {}): ProcessTable {
  const rows = ports.map((port) => `0000000000000000 0   ${port} 00000000 0 0 0 2 0 1`)
  return {
    netlink: (pid) => (pid === undefined ? HEAD + rows.join('\n') : HEAD),
    name: (pid) => names[pid],
  }
}

let directory: string
let path: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'qbg-'))
  path = join(directory, 'lldpad.pid')
})
afterEach(() => rmSync(directory, { recursive: true }))

const content = () => readFileSync(path, 'latin1')

describe('claim', () => {
  test.each([1, 4242, 999_999_999])('writes %d and a newline, in ten octets at most', (number) => {
    new PidFile(path, number, table([])).claim()
    expect(content()).toBe(`${number}\n`)
    expect(content().length).toBeLessThanOrEqual(10)
    expect(readdirSync(directory)).toEqual(['lldpad.pid'])
    expect(statSync(path).mode & 0o777).toBe(0o644)
  })

  test.each([
    ['of an agent that is dead', '77\n'],
    ['as lldpad writes it', `77\n${'\0'.repeat(29)}`],
    ['empty', ''],
    ['of ours', '4242\n'],
  ])('replaces a file %s', (_, there) => {
    writeFileSync(path, there)
    new PidFile(path, 4242, table([4242])).claim()
    expect(content()).toBe('4242\n')
  })

  test.each([
    ['77\n', { 77: 'lldpad' }, /lldpad, process 77/, /systemctl stop lldpad/],
    [`77\n${'\0'.repeat(29)}`, { 77: 'lldpad' }, /lldpad, process 77/, /systemctl stop lldpad/],
    ['77', { 77: 'node' }, /node, process 77/, /kill 77/],
    ['77\n', {}, /netlink port 77/, /ss -f netlink/],
  ])('leaves %j to an agent that lives', (there, names, message, hint) => {
    writeFileSync(path, there)
    const file = new PidFile(path, 4242, table([77, 4242], names))
    expect(() => file.claim()).toThrow(
      expect.objectContaining({
        code: 'agent-running',
        message: expect.stringMatching(message),
        hint: expect.stringMatching(hint),
      }),
    )
    expect(content()).toBe(there)
    file.remove()
    expect(content()).toBe(there)
  })

  test('leaves what is no pid file alone, also a directory', () => {
    writeFileSync(path, 'hello\n')
    expect(() => new PidFile(path, 4242, table([4242])).claim()).toThrow(/no pid file/)
    expect(content()).toBe('hello\n')
    expect(() => new PidFile(directory, 4242, table([4242])).claim()).toThrow(/no pid file/)
    expect(readdirSync(directory)).toEqual(['lldpad.pid'])
  })

  test('is not misled by a process that has the number and no such socket', () => {
    writeFileSync(path, '77\n')
    new PidFile(path, 4242, table([], { 77: 'bash' })).claim()
    expect(content()).toBe('4242\n')
  })

  test('finds an agent of another network namespace by its process', () => {
    writeFileSync(path, '77\n')
    const there = table([77], { 77: 'lldpad' })
    const elsewhere = { ...there, netlink: (pid?: number) => (pid === 77 ? there.netlink() : HEAD) }
    expect(() => new PidFile(path, 4242, elsewhere).claim()).toThrow(/lldpad, process 77/)
  })

  test('goes through a symbolic link, which stays one', () => {
    const target = join(directory, 'mine')
    symlinkSync('mine', path)
    const file = new PidFile(path, 4242, table([]))
    file.claim()
    expect(readFileSync(target, 'latin1')).toBe('4242\n')
    file.remove()
    expect(readdirSync(directory)).toEqual(['lldpad.pid'])
  })

  test('says who can write it when it cannot', () => {
    const file = new PidFile(join(directory, 'nowhere', 'lldpad.pid'), 4242, table([]))
    expect(() => file.claim()).toThrow(expect.objectContaining({ code: 'file-not-writable' }))
    expect(readdirSync(directory)).toEqual([])
  })
})

describe('remove', () => {
  test('takes ours away, and once', () => {
    const file = new PidFile(path, 4242, table([]))
    file.claim()
    file.remove()
    file.remove()
    expect(readdirSync(directory)).toEqual([])
  })

  test('leaves what another agent has written since', () => {
    const file = new PidFile(path, 4242, table([]))
    file.claim()
    writeFileSync(path, '77\n')
    file.remove()
    expect(content()).toBe('77\n')
  })
})
