/** Faults of libvirt that the agent tells: its netlink port, and the uplinks it cannot walk down from. */
import { describe, expect, test } from 'vitest'
import type { MacAddress } from '../../protocol/wire/mac-address.ts'
import { checkLibvirt, checkUplink } from '../../src/libvirt/host-check.ts'
import { findOwner, type ProcessTable, parseNetlinkTable } from '../../src/libvirt/netlink-table.ts'
import type { Link } from '../../src/netlink/link.ts'

/** As the kernel writes it; 2310 is a libvirtd with two sockets, 900 a virtqemud that listens to multicast groups. */
const TABLE = `sk               Eth Pid        Groups   Rmem     Wmem     Dump  Locks    Drops    Inode
00000000aa000001 0   2310       00000111 0        0        0     2        0        21000
00000000aa000002 0   2181040390 00000000 0        0        0     2        0        21001
00000000aa000003 15  2181040390 00000000 0        0        0     2        0        21002
00000000aa000004 0   2147484548 00000001 0        0        0     2        0        21003
00000000aa000005 0   1732263139 00000000 0        0        0     2        0        21004
00000000aa000006 0   2147484648 00000000 0        0        0     2        0        21005
00000000aa000007 16  0          00000000 0        0        0     2        0        21006
`
const names: Readonly<Record<number, string>> = { 2310: 'libvirtd', 900: 'virtqemud', 1000: 'firefox' }
const table: ProcessTable = { netlink: () => TABLE, name: (pid) => names[pid] }

describe('libvirt’s netlink port', () => {
  test('the table is read', () => {
    expect(parseNetlinkTable(TABLE)).toHaveLength(7)
    expect(parseNetlinkTable(TABLE)[0]).toEqual({ protocol: 0, port: 2310, groups: 0x111 })
    expect(parseNetlinkTable('')).toEqual([])
  })

  test('of 2^31 and more is told, with what to do', () => {
    const [found, ...others] = checkLibvirt(table)
    expect(others).toEqual([])
    expect(found).toMatchObject({ code: 'libvirt-event-port' })
    expect(found?.text).toMatch(/libvirtd \(process 2310\).*2181040390.*sending of PortProfileRequest failed/)
    expect(found?.hint).toContain('systemctl restart libvirtd')
  })

  test('of a socket for a moment is none of it', () => {
    const port = 2310 + 5 * 2 ** 22
    const request = `${TABLE}00000000aa000009 0   ${port} 00000000 0        0        0     2        0        21009\n`
    expect(checkLibvirt({ ...table, netlink: () => request })).toEqual([])
  })

  test('below is fine, and so is nobody', () => {
    const good = TABLE.replace('0   2181040390', '0   1732263139')
    expect(checkLibvirt({ ...table, netlink: () => good })).toEqual([])
    expect(checkLibvirt({ ...table, netlink: () => '' })).toEqual([])
  })

  test('the owner of a port is who has that socket', () => {
    expect(findOwner(2310, table)).toEqual({ pid: 2310, name: 'libvirtd' })
    expect(findOwner(1732263139, table)).toEqual({})
    expect(findOwner(0, { ...table, netlink: () => '' })).toBe(undefined)
    expect(findOwner(900, table)).toBe(undefined)
  })
})

describe('an uplink', () => {
  const uplink = (more: Partial<Link>): Link => ({
    index: 2,
    name: 'up0',
    mac: '02:00:00:00:00:01' as MacAddress,
    ethernet: true,
    adminUp: true,
    up: true,
    mtu: 1500,
    lowerElsewhere: false,
    ...more,
  })
  const eth0 = uplink({ index: 5, name: 'eth0' })

  test.each([
    ['a physical one', {}],
    ['a bond', { kind: 'bond' }],
    ['a TAP', { kind: 'tun' }],
  ])('%s is fine', (_, more) => {
    expect(checkUplink(uplink(more), undefined)).toEqual([])
  })

  test.each([
    ['veth, other end here', { kind: 'veth', lower: 3 }],
    ['veth, other end elsewhere', { kind: 'veth', lower: 2, lowerElsewhere: true }],
    ['a macvlan on an interface elsewhere', { kind: 'macvlan', lower: 5, lowerElsewhere: true }],
    ['a tunnel on nothing', { kind: 'gretap', lower: 0 }],
  ])('%s: libvirt hangs or fails', (_, more) => {
    expect(checkUplink(uplink(more), undefined)).toMatchObject([{ code: 'libvirt-uplink' }])
  })

  test.each(['vlan', 'macvlan', 'macvtap'])('a %s on it: libvirt asks for the one below', (kind) => {
    expect(checkUplink(uplink({ kind, lower: 5 }), eth0)).toMatchObject([
      { code: 'libvirt-uplink-below', hint: 'run qbg on it: qbg station eth0 --libvirt' },
    ])
  })
})
